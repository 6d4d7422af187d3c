"""What a Dockerfile makes: where its files come to lie, what is run."""

import pytest

from workshop.container.image import lay_out
from workshop.errors import WorkshopError


@pytest.fixture
def build(tmp_path):
    """Lays out a Dockerfile's text; gives the image and its root."""
    context = tmp_path / "context"
    (context / "sub" / "deep").mkdir(parents=True)
    (context / "a.py").write_text("a")
    (context / "b.py").write_text("b")
    (context / "sub" / "c.txt").write_text("c")
    (context / "sub" / "deep" / "d.txt").write_text("d")
    dockerfile = tmp_path / "Dockerfile"
    root = tmp_path / "root"

    def build(text):
        dockerfile.write_text(text)
        return lay_out(dockerfile, context, root), root

    return build


def files(root):
    return {
        str(path.relative_to(root)): path.read_text()
        for path in root.rglob("*")
        if path.is_file()
    }


def test_everything_it_knows(build):
    image, root = build(
        "# a comment\n"
        "FROM python:3.13-slim\n"
        "LABEL a=b\n"
        "WORKDIR /app\n"
        "workdir inner\n"
        "COPY --chown=1:1 a.py \\\n"
        "     b.py \\\n"
        "  # in between\n"
        "     ./\n"
        "ENV ONE=1 TWO='two words'\n"
        "ENV ONE=one\n"
        "USER 65532\n"
        "EXPOSE 8080\n"
        'ENTRYPOINT ["python3", "-u"]\n'
        'CMD ["a.py"]\n'
    )
    assert image.command == ("python3", "-u", "a.py")
    assert image.folder == root / "app" / "inner"
    assert image.variables == {"ONE": "one", "TWO": "two words"}
    assert files(root) == {"app/inner/a.py": "a", "app/inner/b.py": "b"}


@pytest.mark.parametrize(
    "copy, expected",
    [
        ("a.py /x.py", {"x.py"}),
        ("/a.py /far/away/x.py", {"far/away/x.py"}),
        ("a.py there/", {"w/there/a.py"}),
        ("*.py .", {"w/a.py", "w/b.py"}),
        ("sub there", {"w/there/c.txt", "w/there/deep/d.txt"}),
        ("sub/deep a.py /", {"d.txt", "a.py"}),
        (
            ". /all",
            {"all/a.py", "all/b.py", "all/sub/c.txt", "all/sub/deep/d.txt"},
        ),
    ],
)
def test_where_files_are_copied(build, copy, expected):
    _, root = build(f"FROM x\nWORKDIR /w\nCOPY {copy}\nCMD true")
    assert set(files(root)) == expected


def test_a_command_that_is_a_line_is_for_a_shell(build):
    image, root = build("FROM x\nCMD python3 a.py")
    assert image.command == ("/bin/sh", "-c", "python3 a.py")
    assert image.folder == root


@pytest.mark.parametrize(
    "text, message",
    [
        ("FROM x\nRUN pip install y\nCMD a", "line 2: RUN needs Docker"),
        ("FROM x\n\nCOPY --from=y /a /b\nCMD a", "line 3: COPY --from needs"),
        ("COPY a.py\nCMD a", "line 1: COPY takes what to copy, and where"),
        ("COPY \\\n c.py \\\n .\nCMD a", "line 1: there is no c.py in "),
        ("COPY ../Dockerfile .\nCMD a", r"line 1: \.\./Dockerfile is outside"),
        ("COPY a.py ../x\nCMD a", r"line 1: \.\./x may not have \.\. in it"),
        ("ENV A\nCMD a", "line 1: ENV takes NAME=value"),
        ("ENV\nCMD a", "line 1: ENV takes NAME=value"),
        ('CMD ["a"', "line 1: "),
        ("CMD [1]", "line 1: a command is a list of strings"),
        ("FROM x", "has no CMD and no ENTRYPOINT"),
        ("COPY 'a.py .\nCMD a", "line 1: No closing quotation"),
    ],
)
def test_what_it_cannot_do(build, text, message):
    with pytest.raises(WorkshopError, match=message):
        build(text)


def test_no_dockerfile(tmp_path):
    dockerfile = tmp_path / "Dockerfile"
    with pytest.raises(WorkshopError) as caught:
        lay_out(dockerfile, tmp_path, tmp_path / "root")
    assert str(caught.value) == (
        f"{dockerfile} cannot be read: No such file or directory. A folder "
        "with no Dockerfile of its own needs --file."
    )
    dockerfile.write_bytes(b"FROM \xff")
    with pytest.raises(WorkshopError, match="cannot be read: it is not UTF-8"):
        lay_out(dockerfile, tmp_path, tmp_path / "root")


def test_links_are_copied_as_links(build, tmp_path):
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "key").write_text("key")
    (tmp_path / "context" / "link").symlink_to(tmp_path / "secret")
    (tmp_path / "context" / "nowhere").symlink_to("gone")
    _, root = build("FROM x\nCOPY . /all\nCMD true")
    assert (root / "all" / "link").is_symlink()
    assert (root / "all" / "nowhere").is_symlink()
