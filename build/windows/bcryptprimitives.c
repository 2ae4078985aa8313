// A stand-in for bcryptprimitives.dll, for the Wine test only (build/test-wine.sh); it is never shipped. Go asks that library
// for ProcessPrng at start, which the Wine of Debian 12 does not have; advapi32's RtlGenRandom gives the same kind of bytes.
#include <windows.h>

BOOLEAN NTAPI SystemFunction036(PVOID buffer, ULONG length);

__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE buffer, SIZE_T length) { return SystemFunction036(buffer, (ULONG)length); }
