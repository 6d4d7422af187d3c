//! The kernel in Rust as a Python module that takes the place of
//! palindromes.py: its `answer` turns an event into a body, too. The rest of
//! the function is that of ../python-lean, to the byte.

use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyFloat, PyInt, PyList, PyString};
use serde_json::{Map, Number, Value};

pyo3::create_exception!(palindromes, InvalidRange, PyValueError);

#[pymodule]
mod palindromes {
    use super::*;

    #[pymodule_export]
    use super::InvalidRange;

    /// Turn an event into a body; a bad event raises InvalidRange.
    #[pyfunction]
    fn answer<'py>(event: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let py = event.py();
        let event = from_python(event)?;
        // Other threads of Python may run while this one computes.
        let answered = py.detach(|| kernel::answer(&event));
        let body = answered
            .map_err(|error| InvalidRange::new_err(error.to_string()))?;
        to_python(py, &body)
    }
}

/// What json.loads has made, as serde_json would have made it.
fn from_python(value: &Bound<PyAny>) -> PyResult<Value> {
    if value.is_none() {
        return Ok(Value::Null);
    }
    if let Ok(value) = value.cast::<PyBool>() {
        return Ok(value.is_true().into());
    }
    if value.is_instance_of::<PyInt>() || value.is_instance_of::<PyFloat>() {
        return Ok(number(value.str()?.to_str()?));
    }
    if let Ok(value) = value.cast::<PyString>() {
        return Ok(value.to_string_lossy().into());
    }
    if let Ok(values) = value.cast::<PyList>() {
        return values.iter().map(|value| from_python(&value)).collect();
    }
    if let Ok(fields) = value.cast::<PyDict>() {
        let mut object = Map::new();
        for (name, value) in fields {
            object.insert(name.str()?.to_string(), from_python(&value)?);
        }
        return Ok(object.into());
    }
    let kind = value.get_type().name()?;
    Err(PyTypeError::new_err(format!("JSON has no {kind}")))
}

/// A number from its digits. JSON has no nan and no inf: null is as wrong.
fn number(digits: &str) -> Value {
    digits.parse().map_or(Value::Null, Value::Number)
}

fn to_python<'py>(
    py: Python<'py>,
    value: &Value,
) -> PyResult<Bound<'py, PyAny>> {
    Ok(match value {
        Value::Null => py.None().into_bound(py),
        Value::Bool(value) => PyBool::new(py, *value).to_owned().into_any(),
        Value::Number(value) => whole(value).into_pyobject(py)?.into_any(),
        Value::String(value) => PyString::new(py, value).into_any(),
        Value::Array(values) => {
            let list = PyList::empty(py);
            for value in values {
                list.append(to_python(py, value)?)?;
            }
            list.into_any()
        }
        Value::Object(fields) => {
            let dict = PyDict::new(py);
            for (name, value) in fields {
                dict.set_item(name, to_python(py, value)?)?;
            }
            dict.into_any()
        }
    })
}

/// A number of a body: factors, and their products of up to 80 bits.
fn whole(number: &Number) -> u128 {
    number.as_u128().expect("a body holds whole numbers only")
}
