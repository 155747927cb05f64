"""Reference data files (product §5 and §7 to §9) and the script that regenerates the regions."""
