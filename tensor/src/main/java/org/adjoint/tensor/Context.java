package org.adjoint.tensor;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What holds for the current thread and nowhere else: the open scope, whether gradients are
 * recorded, whether anomalies are looked for, and who listens to kernels. There is no other hidden
 * state in the engine. The rooms above offer proper methods for each; this class only holds the
 * values.
 */
public final class Context {
  private static final ThreadLocal<Context> CURRENT = ThreadLocal.withInitial(Context::new);

  private @Nullable Scope scope;
  private boolean gradients = true;
  private boolean anomalies;
  private @Nullable Object listener;
  private @Nullable Recorder recorder;

  /** The buffers of all open scopes, the outermost scope's first; null from {@link #owned} on. */
  @Nullable Storage[] buffers = {};

  /** How many buffers the open scopes own. */
  int owned;

  private Context() {}

  /** Returns the context of the calling thread. */
  public static Context current() {
    return CURRENT.get();
  }

  /** Returns the innermost open scope, or null. */
  public @Nullable Scope scope() {
    return scope;
  }

  void scope(@Nullable Scope value) {
    scope = value;
  }

  /** Makes sure that {@link #buffers} has a place after the last. */
  void makeRoom() {
    if (owned == buffers.length) {
      buffers = Arrays.copyOf(buffers, Math.max(16, 2 * owned));
    }
  }

  /** Returns whether operations are recorded for backpropagation; true at first. */
  public boolean gradients() {
    return gradients;
  }

  /** Switches recording on or off and returns what held before. */
  public boolean gradients(boolean on) {
    boolean before = gradients;
    gradients = on;
    return before;
  }

  /** Returns whether every result is searched for NaN and infinity; false at first. */
  public boolean anomalies() {
    return anomalies;
  }

  /** Switches the search for anomalies and returns what held before. */
  public boolean anomalies(boolean on) {
    boolean before = anomalies;
    anomalies = on;
    return before;
  }

  /** Returns who listens to kernel calls; its type is known to the room that set it. */
  public @Nullable Object listener() {
    return listener;
  }

  /** Sets who listens to kernel calls and returns who did before. */
  public @Nullable Object listener(@Nullable Object value) {
    Object before = listener;
    listener = value;
    return before;
  }

  /** Returns who records this thread's step, or null if it is computed as usual. */
  public @Nullable Recorder recorder() {
    return recorder;
  }

  /** Sets who records and returns who did before. */
  public @Nullable Recorder recorder(@Nullable Recorder value) {
    Recorder before = recorder;
    recorder = value;
    return before;
  }
}
