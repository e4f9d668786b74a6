"""How far apart the FaceIds of one person lie, beside how far apart strangers do: whether looks could tell at all."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from bench.identity.scores import Appearance
from schemas.ledger import Ledger
from schemas.messages import Template

_OF_STRANGERS = 0.05


def lying_apart(shown: Sequence[Appearance], templates: Iterable[Template], ledger: Ledger) -> dict[str, Any]:
    """Return of the FaceIds that people have too many how many lie as far from the person's others as strangers do.

    All that is known of a FaceId is averaged. A stranger's distance is that above which 19 of 20 pairs of FaceIds of
    two people lie: nobody that far from the others is found by any threshold that keeps strangers apart.
    """
    means = _means(templates, ledger)
    owner: dict[UUID, str] = {}
    for person, face_id in shown:
        owner.setdefault(face_id, person)
    faces = [face_id for face_id in owner if face_id in means]
    if not faces:
        return {"stranger_distance": None, "too_many": 0, "as_far_as_strangers": 0}
    vectors = np.array([means[face_id] for face_id in faces])
    people = np.array([owner[face_id] for face_id in faces])
    apart = np.sqrt(np.maximum(2.0 - 2.0 * vectors @ vectors.T, 0.0))
    strangers = apart[np.triu(people[:, None] != people, 1)]
    if not len(strangers):
        return {"stranger_distance": None, "too_many": 0, "as_far_as_strangers": 0}
    bar = float(np.quantile(strangers, _OF_STRANGERS))
    too_many = as_far = 0
    for person in np.unique(people):
        own = np.flatnonzero(people == person)
        for place in range(1, len(own)):
            too_many += 1
            as_far += bool(apart[own[place], own[:place]].min() >= bar)
    return {"stranger_distance": round(bar, 3), "too_many": too_many, "as_far_as_strangers": as_far}


def _means(templates: Iterable[Template], ledger: Ledger) -> Mapping[UUID, NDArray[np.float64]]:
    own: dict[UUID, list[NDArray[np.float64]]] = defaultdict(list)
    for one in templates:
        keeper = ledger.keeper(one.event_id, one.face_id)
        if keeper is not None:
            own[keeper].append(np.frombuffer(one.embedding, dtype="<f4").astype(np.float64))
    means = {face_id: np.mean(vectors, axis=0) for face_id, vectors in own.items()}
    return {face_id: mean / max(float(np.linalg.norm(mean)), 1e-9) for face_id, mean in means.items()}
