"""Pipelines as other schedulers take them: an Airflow DAG, an ASL state machine, Kubernetes manifests."""
