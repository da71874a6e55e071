"""Pipelines as others take them: an Airflow DAG, an ASL state machine, Kubernetes manifests, requests of AWS."""
