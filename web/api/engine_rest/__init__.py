"""`/engine-rest`: a thin adapter in the shape of Camunda 7 and Operaton, over the same engine."""
