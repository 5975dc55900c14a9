"""The one-machine service: embedded PostgreSQL and Valkey, and a supervisor for everything else."""
