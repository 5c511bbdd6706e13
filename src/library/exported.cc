// A shared object needs a source of its own; all else is the archive of library/.
