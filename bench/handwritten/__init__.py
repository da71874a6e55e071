"""The same lakehouse without tidegate: as an expert writes it, and as most people do."""
