/* Forced failures for tests. In the installed programs every AK_FAULT is the constant 0. */
#ifndef AK_FAULT_H
#define AK_FAULT_H

#ifdef AGENTKEYS_FAULTS
/* The errno to fail with at this stage, or 0; does not return where the fault is a kill. */
int ak_fault_at(unsigned stage);
/* "STAGE:ERRNO", "STAGE:kill" or "STAGE:wait=FIFO" (FIFO.out tells the pid, FIFO.in lets it go on). 0 or -1. */
int ak_fault_set(const char *text);
#define AK_FAULT(stage) ak_fault_at(stage)
#else
#define AK_FAULT(stage) 0
#endif

#endif
