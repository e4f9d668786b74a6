"""What routes for programs answer where they cannot do what is asked, for the OpenAPI document."""

from typing import Any

from pydantic import BaseModel, Field


class ErrorAnswer(BaseModel):
    """What is wrong, and what to do."""

    error: str = Field(examples=["There is no store harbor. Known stores: harbour, market."])


REFUSALS: dict[int | str, dict[str, Any]] = {
    401: {"model": ErrorAnswer, "description": "Nobody known asks."},
    403: {"model": ErrorAnswer, "description": "The role may not do this, or the store is not theirs."},
    404: {"model": ErrorAnswer, "description": "There is no such store, or webhook."},
    422: {"model": ErrorAnswer, "description": "What is asked for cannot be meant."},
}
