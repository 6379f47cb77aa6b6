package org.adjoint.tensor;

import org.jspecify.annotations.Nullable;

/**
 * The lifetime of a step's results: every tensor that an operation produces while a scope is open
 * on the calling thread belongs to the innermost scope, and closing it gives all their buffers back
 * for reuse. Parameters, their gradients and optimizer state never belong to a scope. A scope is
 * never required; without one the garbage collector frees.
 *
 * <pre>{@code
 * try (Scope step = Scope.open()) {
 *   // forward, backward, update
 * }
 * }</pre>
 */
public final class Scope implements AutoCloseable {
  private final Context context;
  private final @Nullable Scope parent;

  /**
   * Where this scope's buffers begin among those of the thread; they end where the inner one's do.
   */
  private int start;

  private boolean open = true;

  private Scope(Context context) {
    this.context = context;
    this.parent = context.scope();
    this.start = context.owned;
  }

  /** Opens a scope inside the current one of this thread. */
  public static Scope open() {
    Context context = Context.current();
    Scope scope = new Scope(context);
    context.scope(scope);
    return scope;
  }

  /** Returns storage for a result or temporary: owned by the innermost scope if one is open. */
  static Storage allocate(Device device, DType dtype, int size) {
    Context context = Context.current();
    boolean owned = context.scope() != null;
    if (owned) {
      // First the place, so that running out of memory here loses no buffer.
      context.makeRoom();
    }
    Storage storage = device.allocate(dtype, size, owned);
    if (owned) {
      context.buffers[context.owned++] = storage;
    }
    Recorder recorder = context.recorder();
    if (recorder != null) {
      recorder.allocated(storage);
    }
    return storage;
  }

  /**
   * Hands a tensor's buffer to the enclosing scope, or to the caller if there is none, so that it
   * outlives this scope.
   *
   * @return the same tensor
   */
  public Tensor keep(Tensor tensor) {
    int i = find(tensor.storage());
    if (i >= 0) {
      if (parent == null) {
        remove(i);
        tensor.storage().detach();
      } else {
        // At the front of this scope's buffers it is also behind the last of the parent's.
        System.arraycopy(context.buffers, start, context.buffers, start + 1, i - start);
        context.buffers[start++] = tensor.storage();
      }
    }
    return tensor;
  }

  /**
   * Takes a tensor's buffer out of this scope's ownership: from now on the caller releases it, or
   * nobody does.
   *
   * @return false, and nothing is done, if this scope does not own the buffer
   */
  public boolean take(Tensor tensor) {
    int i = find(tensor.storage());
    if (i >= 0) {
      remove(i);
    }
    return i >= 0;
  }

  /** Returns the place of one of this scope's buffers, or −1; the latest are looked at first. */
  private int find(Storage storage) {
    for (int i = end() - 1; i >= start; i--) {
      if (context.buffers[i] == storage) {
        return i;
      }
    }
    return -1;
  }

  private int end() {
    int end = context.owned;
    for (Scope s = context.scope(); s != null && s != this; s = s.parent) {
      end = s.start;
    }
    return end;
  }

  private void remove(int i) {
    System.arraycopy(context.buffers, i + 1, context.buffers, i, --context.owned - i);
    context.buffers[context.owned] = null;
    for (Scope s = context.scope(); s != null && s != this; s = s.parent) {
      s.start--;
    }
  }

  /** Returns how many buffers the scope owns now. */
  public int size() {
    return open ? end() - start : 0;
  }

  /**
   * Releases every owned buffer. A second call does nothing.
   *
   * @throws ArgumentException if called on another thread or before an inner scope is closed
   */
  @Override
  public void close() {
    if (!open) {
      return;
    }
    if (Context.current() != context || context.scope() != this) {
      throw new ArgumentException(
          "scope", "close", "out of order", "close scopes on their own thread, innermost first");
    }
    open = false;
    context.scope(parent);
    while (context.owned > start) {
      Storage last = context.buffers[--context.owned];
      context.buffers[context.owned] = null;
      last.release();
    }
  }
}
