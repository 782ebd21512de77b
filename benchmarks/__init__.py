"""Every speed, memory and quality figure that is quoted anywhere, one command each: `run_server.py bench NAME`."""
