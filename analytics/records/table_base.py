"""What all tables have in common: where they are written down, and how ids of stores lie in them."""

from sqlalchemy import MetaData, String

# Ids of stores are sorted by their bytes everywhere: the rules of a language differ from server to server.
StoreId = String().with_variant(String(collation="C"), "postgresql")

metadata = MetaData()
