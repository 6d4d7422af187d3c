"""A picture with sliders: it is drawn again for what they are set to.

A live kernel shows the sliders. A page that is only read, such as a notebook
on GitHub or in the book, shows the picture for where they start, and so does
JupyterLab without ipywidgets.
"""

from collections.abc import Callable, Mapping, Sequence
from importlib.util import find_spec
from typing import Any

from workshop.picture import Picture

Choices = Sequence[Any]
"""What a slider can be set to, from left to right."""


class Explorer:
    """A picture that is a function of some values, each with its choices.

    `draw` takes the values by the names of the sliders. The sliders start in
    the middle of their choices.
    """

    def __init__(
        self, draw: Callable[..., Picture], **sliders: Choices
    ) -> None:
        for name, choices in sliders.items():
            if not choices:
                raise ValueError(f"{name} has nothing to choose from")
        self.draw = draw
        self.sliders = sliders

    def start(self) -> dict[str, Any]:
        """What the sliders are set to at first."""
        return {
            name: choices[len(choices) // 2]
            for name, choices in self.sliders.items()
        }

    def _repr_mimebundle_(self, **_: object) -> Mapping[str, Any]:
        picture = self.draw(**self.start())
        bundle = {
            "text/plain": picture.words,
            "text/html": picture._repr_html_(),
        }
        return {**bundle, **self._widget(picture)}

    def _widget(self, picture: Picture) -> Mapping[str, Any]:
        """The sliders above the picture, as what JupyterLab prefers."""
        if not find_spec("ipywidgets"):
            return {}
        from ipywidgets import HTML, Layout, SelectionSlider, VBox

        page = HTML(picture._repr_html_())
        start = self.start()
        sliders = {
            name: SelectionSlider(
                description=name.replace("_", " "),
                options=[(_told(one), one) for one in choices],
                value=start[name],
                continuous_update=False,
                layout=Layout(width="36em"),
                style={"description_width": "10em"},
            )
            for name, choices in self.sliders.items()
        }

        def redraw(_: object) -> None:
            values = {name: one.value for name, one in sliders.items()}
            page.value = self.draw(**values)._repr_html_()

        for slider in sliders.values():
            slider.observe(redraw, "value")
        bundle: Mapping[str, Any]
        bundle = VBox([*sliders.values(), page])._repr_mimebundle_()
        return {
            kind: view for kind, view in bundle.items() if "widget" in kind
        }


def _told(value: object) -> str:
    return f"{value:,}" if isinstance(value, int | float) else str(value)
