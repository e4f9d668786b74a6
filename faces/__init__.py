"""What a model sees: model packs, detection, landmarks, alignment, embedding, quality. Imports nothing of ours."""
