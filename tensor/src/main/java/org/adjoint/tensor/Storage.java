package org.adjoint.tensor;

import java.util.Collections;
import java.util.Map;
import java.util.WeakHashMap;

/**
 * A flat buffer of elements on a device. Views share it. After {@link #release} every access
 * throws; with {@code -Dadjoint.debug=true} the message says where it was allocated and released.
 */
public abstract class Storage {
  private static final boolean DEBUG = Boolean.getBoolean("adjoint.debug");

  /** In debug mode, where each buffer was allocated or, with that as the cause, released. */
  private static final Map<Storage, Throwable> TRACES =
      Collections.synchronizedMap(new WeakHashMap<>());

  private final Device device;
  private final DType dtype;
  private final int size;
  private volatile boolean released;

  /** Creates a live buffer of {@code size} elements. */
  @SuppressWarnings("this-escape") // only as the key of a map
  protected Storage(Device device, DType dtype, int size) {
    this.device = device;
    this.dtype = dtype;
    this.size = size;
    if (DEBUG) {
      TRACES.put(this, new Throwable("allocated here"));
    }
  }

  /** Returns the device that owns the buffer. */
  public final Device device() {
    return device;
  }

  /** Returns the element type. */
  public final DType dtype() {
    return dtype;
  }

  /** Returns the number of elements. */
  public final int size() {
    return size;
  }

  /** Returns whether the buffer was given back. */
  public final boolean isReleased() {
    return released;
  }

  /** Gives the buffer back to its device. A second call does nothing. */
  public final void release() {
    synchronized (this) {
      if (released) {
        return;
      }
      released = true;
      if (DEBUG) {
        TRACES.put(this, new Throwable("released here", TRACES.get(this)));
      }
    }
    device.recycle(this);
  }

  /**
   * Called when no scope owns the buffer any longer and nobody is bound to release it: it leaves
   * the pool's books, and the garbage collector frees it.
   */
  protected void detach() {}

  /**
   * Refuses use after release.
   *
   * @throws ReleasedException if the buffer was given back
   */
  protected final void requireLive() {
    if (released) {
      ReleasedException e =
          new ReleasedException(
              "tensor",
              "its memory",
              "released",
              "the scope that owned it is closed; keep results with Scope.keep or read them inside"
                  + " the scope"
                  + (DEBUG ? "" : " (-Dadjoint.debug=true says where it was released)"));
      if (DEBUG) {
        e.initCause(TRACES.get(this));
      }
      throw e;
    }
  }
}
