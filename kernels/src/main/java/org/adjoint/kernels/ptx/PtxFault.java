package org.adjoint.kernels.ptx;

import org.adjoint.tensor.AdjointException;
import org.jspecify.annotations.Nullable;

/**
 * A mistake that the simulator found in a running kernel: its kind, the line, the kernel, block,
 * thread and, where memory is concerned, the address.
 */
public final class PtxFault extends AdjointException {
  private static final long serialVersionUID = 1L;

  /** The kinds of mistakes. */
  public enum Kind {
    /** An address outside of every allocation, or across the end of one. */
    OUT_OF_BOUNDS,
    /** An address that is not a multiple of the access's size. */
    MISALIGNED,
    /** A read of memory that nobody has written. */
    UNINITIALISED_MEMORY,
    /** A read of a register that this thread has not written. */
    UNINITIALISED_REGISTER,
    /** Two threads on one word, one of them writing, with nothing that orders them. */
    RACE,
    /** A barrier that some threads of a warp or block do not reach. */
    DIVERGENT_BARRIER,
    /** A shuffle, vote or matrix instruction with lanes missing that it names. */
    DIVERGENT_WARP,
    /** An access to memory that was given back. */
    USE_AFTER_FREE,
    /** A write to constant or parameter memory. */
    READ_ONLY,
    /** A launch whose geometry or arguments do not fit the kernel. */
    LAUNCH,
    /** All warps wait for each other. */
    DEADLOCK,
    /** A warp that runs longer than the limit. */
    ENDLESS_LOOP,
    /** The instruction trap. */
    TRAP,
    /** An asynchronous copy or matrix product used against its rules. */
    ASYNC,
    /** An access to memory that another queue uses, with nothing that orders the two. */
    UNORDERED
  }

  private final Kind kind;
  private final transient PtxLine line;
  private final String entry;
  private final transient Dim3 block;
  private final transient @Nullable Dim3 thread;
  private final long address;

  PtxFault(
      Kind kind,
      PtxLine line,
      String entry,
      Dim3 block,
      @Nullable Dim3 thread,
      long address,
      String value,
      String remedy) {
    super(
        entry + " at " + line,
        "block " + block + (thread == null ? "" : ", thread " + thread),
        kind + ": " + value,
        remedy);
    this.kind = kind;
    this.line = line;
    this.entry = entry;
    this.block = block;
    this.thread = thread;
    this.address = address;
  }

  /** Returns the kind of mistake. */
  public Kind kind() {
    return kind;
  }

  /** Returns the line of the instruction; of the kernel for faults of a launch. */
  public PtxLine line() {
    return line;
  }

  /** Returns the kernel. */
  public String entry() {
    return entry;
  }

  /** Returns the index of the block. */
  public Dim3 block() {
    return block;
  }

  /** Returns the index of the thread, or null if it concerns a whole block. */
  public @Nullable Dim3 thread() {
    return thread;
  }

  /** Returns the address, or 0 if none is concerned. */
  public long address() {
    return address;
  }
}
