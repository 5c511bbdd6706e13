#pragma once
// libastray.so shows what is marked with this, and nothing else.
#if defined(__GNUC__)
#define ASTRAY_EXPORT __attribute__((visibility("default")))
#else
#define ASTRAY_EXPORT
#endif
