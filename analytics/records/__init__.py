"""What is kept: the tables of the database, what writes them and what reads them."""
