package org.adjoint.tensor;

import java.util.ArrayList;
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
  private final @Nullable Scope parent;
  private final Thread owner = Thread.currentThread();
  private final ArrayList<Storage> owned = new ArrayList<>();
  private boolean open = true;

  private Scope(@Nullable Scope parent) {
    this.parent = parent;
  }

  /** Opens a scope inside the current one of this thread. */
  public static Scope open() {
    Context context = Context.current();
    Scope scope = new Scope(context.scope());
    context.scope(scope);
    return scope;
  }

  /** Returns storage for a result or temporary: owned by the innermost scope if one is open. */
  static Storage allocate(Device device, DType dtype, int size) {
    Context context = Context.current();
    Scope scope = context.scope();
    Storage storage = device.allocate(dtype, size, scope != null);
    if (scope != null) {
      scope.owned.add(storage);
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
    if (take(tensor)) {
      if (parent == null) {
        tensor.storage().detach();
      } else {
        parent.owned.add(tensor.storage());
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
    Storage storage = tensor.storage();
    for (int i = owned.size() - 1; i >= 0; i--) {
      if (owned.get(i) == storage) {
        owned.remove(i);
        return true;
      }
    }
    return false;
  }

  /** Returns how many buffers the scope owns now. */
  public int size() {
    return owned.size();
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
    Context context = Context.current();
    if (Thread.currentThread() != owner || context.scope() != this) {
      throw new ArgumentException(
          "scope", "close", "out of order", "close scopes on their own thread, innermost first");
    }
    open = false;
    context.scope(parent);
    for (int i = owned.size() - 1; i >= 0; i--) {
      owned.get(i).release();
    }
    owned.clear();
  }
}
