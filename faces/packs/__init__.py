"""Model packs: named, versioned sets of detector, alignment and embedder with licence, checksums and calibration.

A pack is wholly described by a TOML manifest: those in ``shipped/``, and any that an operator adds. The networks
themselves are loaded when a part is made.
"""

from faces.packs.catalogue import (
    PackFile,
    default_pack_name,
    how_to_get,
    in_place,
    known_pack,
    pack_files,
    pack_licence,
    pack_names,
    pack_of_model,
    require_known,
    shipped_names,
)
from faces.packs.pack import Pack, open_as_brought, open_pack

__all__ = [
    "Pack",
    "PackFile",
    "default_pack_name",
    "how_to_get",
    "in_place",
    "known_pack",
    "open_as_brought",
    "open_pack",
    "pack_files",
    "pack_licence",
    "pack_names",
    "pack_of_model",
    "require_known",
    "shipped_names",
]
