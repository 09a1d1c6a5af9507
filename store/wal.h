// What the store calls in C: a file system for SQLite that writes its log in larger pieces.
int wal_register(void);
