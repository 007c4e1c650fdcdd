"""Korean text: normalisation, personal data and, later, morphemes, particles and speech levels."""
