package org.adjoint.cuda;

import java.lang.foreign.MemorySegment;
import org.adjoint.kernels.ptx.PtxSource;

/**
 * One open GPU: all that the backend asks of it. There are two kinds, {@link Cuda} and {@link
 * SimulatedDriver}; above them everything is the same. Addresses are those of the GPU's memory.
 * Calls may come from any thread; what goes wrong is a {@link org.adjoint.tensor.DeviceException}.
 */
interface CudaDriver {
  /** Returns what the GPU says of itself. */
  GpuInfo info();

  /** Returns how much of its memory nobody has. */
  long freeBytes();

  /** Returns the address of new memory, a multiple of 256; or 0 if there is no room. */
  long allocate(long bytes);

  /** Gives back what {@link #allocate} gave, once the GPU is done with it. */
  void free(long address);

  /**
   * Returns whether mistakes are looked for at the cost of time. Then memory that is given back is
   * wanted at once, so that nobody uses it unnoticed or reads what was left there, and indices are
   * looked at before they are used.
   */
  boolean isCareful();

  /** Returns host memory that the GPU copies from and to by itself; it lasts as long as this. */
  MemorySegment pinned(long bytes);

  /**
   * Translates a text for this GPU.
   *
   * @param text with its includes
   */
  Module load(PtxSource text);

  /** Makes this GPU the one that the thread's calls of other libraries go to. */
  void enter();

  /** Returns a new queue of work. */
  Stream stream();

  /** Returns a new mark, to be set in queues. */
  Event event();

  /** A translated PTX text. */
  interface Module {
    /** Returns one of its entries. */
    Function function(String entry);
  }

  /** A kernel that can be launched. */
  interface Function {
    /** Returns the name of its entry. */
    String name();
  }

  /** A queue: what is put into it is done in this order, and the calls do not wait. */
  interface Stream {
    /** Returns what other libraries know it by. */
    long handle();

    /** Copies to the GPU; of pinned memory, which must stay as it is until this is done. */
    void copyIn(long to, MemorySegment from);

    /** Copies from the GPU into pinned memory. */
    void copyOut(MemorySegment to, long from);

    /** Copies within the GPU. */
    void copy(long to, long from, long bytes);

    /** Sets so many 32-bit words. */
    void fill(long to, int word, long words);

    /**
     * Launches a kernel.
     *
     * @param parameters read before this returns
     */
    void launch(Function kernel, Geometry geometry, Parameters parameters);

    /** Sets a mark behind what is queued. */
    void record(Event event);

    /** Has what is queued later wait for a mark in another queue. */
    void await(Event event);

    /** Waits until all is done. */
    void synchronize();

    /** From now on calls are written down and not done. */
    void beginCapture();

    /** Returns what was written down. */
    Graph endCapture();

    /** Queues all that was written down. */
    void launch(Graph graph);
  }

  /** A mark in a queue. */
  interface Event {
    /** Waits until the queue has come to it; returns at once if it was never set. */
    void synchronize();

    /** Returns the milliseconds from another mark to this one; both must be reached. */
    float millisecondsSince(Event earlier);
  }

  /** Work that was written down once and may be queued again and again. */
  interface Graph extends AutoCloseable {
    @Override
    void close();
  }
}
