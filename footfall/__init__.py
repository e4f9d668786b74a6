"""The program: configuration, the local event log, the consumer loop, wiring and command line. Imported by nobody."""
