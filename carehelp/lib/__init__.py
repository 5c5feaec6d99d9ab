"""Ground floor: no domain, no models."""
