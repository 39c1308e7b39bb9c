"""What a person does in Setup and what only an emulator can, below ``/_local``; each room contributes its part."""
