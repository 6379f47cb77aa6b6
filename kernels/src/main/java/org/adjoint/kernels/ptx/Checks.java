package org.adjoint.kernels.ptx;

/** How much the simulator checks. Bounds, alignment, barriers and shuffles always are. */
public enum Checks {
  /** Everything: also uninitialised memory and registers, and races. */
  FULL,
  /** Without races: for long runs, about twice as fast and with a quarter of the memory. */
  MEMORY,
  /** Bounds, alignment, barriers and shuffles only: for training. */
  FAST;

  boolean races() {
    return this == FULL;
  }

  boolean initialised() {
    return this != FAST;
  }
}
