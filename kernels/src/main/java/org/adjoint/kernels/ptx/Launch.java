package org.adjoint.kernels.ptx;

import org.jspecify.annotations.Nullable;

/**
 * One launch of a kernel: its geometry, its arguments and what is checked.
 *
 * @param entry the kernel
 * @param grid the blocks
 * @param threads the threads of a block
 * @param dynamicShared the bytes of dynamic shared memory
 * @param parameters the packed arguments
 * @param memory global memory
 * @param symbols the addresses of the module's variables, in the program's order
 * @param checks what is checked
 * @param listener who watches
 * @param firstSerial the serial number of the first block
 * @param parallel whether blocks run on several cores
 * @param limit the most instructions that a warp may run
 * @param guard who is asked about allocations before they are used
 */
record Launch(
    PtxEntry entry,
    Dim3 grid,
    Dim3 threads,
    int dynamicShared,
    Region parameters,
    DeviceMemory memory,
    long[] symbols,
    Checks checks,
    @Nullable PtxListener listener,
    long firstSerial,
    boolean parallel,
    long limit,
    @Nullable AccessGuard guard) {

  Program program() {
    return entry.program();
  }

  int warps() {
    return (int) ((threads.count() + Instruction.LANES - 1) / Instruction.LANES);
  }

  int sharedBytes() {
    return program().sharedBytes() + dynamicShared;
  }

  /** Returns the index of the block with a serial number. */
  Dim3 block(long serial) {
    return index((int) (serial - firstSerial), grid);
  }

  /** Returns the index of a thread of a block. */
  Dim3 thread(int number) {
    return index(number, threads);
  }

  private static Dim3 index(int number, Dim3 extent) {
    return new Dim3(
        number % extent.x(), number / extent.x() % extent.y(), number / extent.x() / extent.y());
  }
}
