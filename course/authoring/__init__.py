"""From text sources to notebooks: source_notebooks/ -> release/, solutions/, course/chapters/."""
