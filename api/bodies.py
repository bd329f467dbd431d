"""Request bodies: the framework decodes them, a thread validates them, so that a large invalid body delays no other request."""

from typing import Annotated, Any, Generic, TypeVar, get_args

from fastapi import Body, Depends
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, GetCoreSchemaHandler, ValidationError
from pydantic_core import CoreSchema, core_schema

Model = TypeVar("Model", bound=BaseModel)
MOST_FAULTS = (
    500  # that are looked at one by one; there is no use in a longer list, and it takes long to make
)


class Sent(Generic[Model]):
    """A decoded body that is not validated yet; the OpenAPI document describes it as the model."""

    def __init__(self, model: type[Model], value: Any) -> None:
        self._model, self._value = model, value

    def checked(self) -> Model:
        """Raises RequestValidationError, as the framework does of itself."""
        if isinstance(self._value, bytes):
            raise RequestValidationError([{"type": "bytes", "loc": ("body",), "input": self._value}])
        try:
            return self._model.model_validate(self._value)
        except ValidationError as error:
            raise RequestValidationError(_faults(error)) from None

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        (model,) = get_args(source)

        def take(value: Any) -> Any:
            return cls(model, value)

        return core_schema.no_info_plain_validator_function(take, json_schema_input_schema=handler(model))


def body(model: type[Model], examples: dict[str, Any] | None = None) -> Any:
    """A dependency that gives the body of a request, to be validated as this model."""
    asked: Any = Annotated[Sent[model], Body(openapi_examples=examples)]  # type: ignore[valid-type]

    def checked(sent: asked) -> Model:  # not async: it runs in a thread
        model: Model = sent.checked()
        return model

    return Depends(checked)


def _faults(error: ValidationError) -> list[Any]:
    if error.error_count() > MOST_FAULTS:
        message = f"the body has {error.error_count()} errors; see /docs for what this route accepts"
        return [{"type": "too_many_faults", "loc": ("body",), "msg": message}]
    faults = error.errors(include_url=False, include_input=False)
    return [{**each, "loc": ("body", *each["loc"])} for each in faults]
