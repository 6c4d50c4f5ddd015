"""Files: tables in and out, whole or streamed, and model files. Everything written appears whole or not at all."""
