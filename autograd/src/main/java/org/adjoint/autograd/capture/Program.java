package org.adjoint.autograd.capture;

import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Supplier;
import org.adjoint.autograd.Variable;
import org.adjoint.kernels.Backend;
import org.adjoint.tensor.Context;
import org.adjoint.tensor.ReleasedException;
import org.adjoint.tensor.Scope;
import org.adjoint.tensor.Storage;
import org.adjoint.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * A step recorded once, to be replayed with new values: an inference, or forward, backward and
 * update together. Replay gives the bits that the step itself would give, without building a graph
 * and without allocating.
 *
 * <pre>{@code
 * Placeholder x = new Placeholder("x", cpu, DType.F32, 64, 784);
 * Placeholder labels = new Placeholder("labels", cpu, DType.I32, 64);
 * Program step = Program.capture(() -> {
 *   optimizer.resetGradients();
 *   Variable loss = crossEntropy(model.forward(x.variable()), labels.tensor());
 *   loss.backward();
 *   optimizer.step();
 *   return loss;
 * }, x, labels);
 * Session session = step.session();
 * session.feed(0, images).feed(1, digits).run();
 * session.output(0).item();
 * }</pre>
 *
 * <p>Parameters, buffers and optimizer state are used where they are. Settings of optimizers and
 * positions of random streams are read anew at each replay. Other numbers that the step computes in
 * Java are constants of the program; values of tensors cannot be read while recording. A decision
 * of the library itself, such as training or evaluation mode, is remembered, and a replay that
 * would decide otherwise is refused.
 *
 * <p>A program is immutable. Any number of threads may run one that changes nothing outside, such
 * as an inference; each takes a {@link Session} of its own.
 */
public final class Program {
  final Backend backend;
  final List<Instruction> instructions;
  final List<Placeholder> placeholders;
  final Ref[] outputs;
  final Recording recording;
  final MemoryPlan memory;
  private final int recorded;
  private final boolean[] written;
  private final Set<Storage> changed = Collections.newSetFromMap(new IdentityHashMap<>());

  /** Tensors that live outside and that the calls are bound to. */
  private final List<Tensor> outside;

  private final ConcurrentLinkedQueue<Session> idle = new ConcurrentLinkedQueue<>();

  private Program(
      Recording recording, Backend backend, List<Placeholder> placeholders, Ref[] outputs) {
    this.recording = recording;
    this.backend = backend;
    this.placeholders = placeholders;
    this.outputs = outputs;
    this.recorded = recording.instructions.size();
    List<Instruction> list = Cleaning.pruned(recording.instructions);
    list = Cleaning.needed(list, outputs);
    list = Cleaning.common(list, outputs, recording::recomputation);
    if (backend.kernels().elementwise().joins()) {
      list = Joining.join(list, outputs);
    }
    this.instructions = List.copyOf(list);
    this.memory = new MemoryPlan(instructions, outputs);
    recording.built();
    this.written = new boolean[placeholders.size()];
    IdentityHashMap<Storage, Tensor> bound = new IdentityHashMap<>();
    for (Instruction i : instructions) {
      for (int t = 0; t < i.refs().length; t++) {
        Buffer b = i.refs()[t].buffer();
        if (b.outside != null) {
          bound.put(b.outside.storage(), b.outside);
        }
        if (i.writes(t) && b.placeholder >= 0) {
          written[b.placeholder] = true;
        }
        if (i.writes(t) && b.outside != null) {
          changed.add(b.outside.storage());
        }
      }
    }
    this.outside = List.copyOf(bound.values());
  }

  /**
   * Records a step with one result.
   *
   * @param step what to do; it runs once, and nothing that it changes stays changed
   * @param placeholders the operands whose values replay is given
   * @throws CaptureException if the step reads values, leaves gradients behind, or cannot be
   *     recorded for another reason; nothing is changed then either
   */
  public static Program capture(Supplier<Variable> step, Placeholder... placeholders) {
    return captureAll(() -> List.of(step.get()), placeholders);
  }

  /** Records a step with any number of results; see {@link #capture}. */
  public static Program captureAll(Supplier<List<Variable>> step, Placeholder... placeholders) {
    Context context = Context.current();
    if (context.recorder() != null) {
      throw new CaptureException("step", "inside another", "record one step at a time");
    }
    if (context.anomalies()) {
      throw new CaptureException(
          "anomaly mode", "on", "it looks at every value; record without it");
    }
    Recording recording = new Recording();
    for (int i = 0; i < placeholders.length; i++) {
      recording.placeholder(placeholders[i], i);
    }
    Ref[] outputs;
    Backend backend;
    try (Scope _ = Scope.open()) {
      context.recorder(recording);
      try {
        List<Variable> results = step.get();
        recording.checkGuards();
        recording.checkLeaves();
        outputs = new Ref[results.size()];
        backend = recording.backend();
        for (int i = 0; i < outputs.length; i++) {
          Tensor result = results.get(i).value();
          outputs[i] = recording.ref(result);
          if (backend == null && result.device() instanceof Backend b) {
            backend = b;
          }
        }
      } finally {
        context.recorder(null);
        recording.rollBack();
      }
    }
    if (backend == null) {
      throw new CaptureException("step", "empty", "it calls no kernel and has no result");
    }
    return new Program(recording, backend, List.of(placeholders), outputs);
  }

  /** Returns the operands that replay is given, in order. */
  public List<Placeholder> placeholders() {
    return placeholders;
  }

  /** Returns how many results the step has. */
  public int outputs() {
    return outputs.length;
  }

  /** Returns how many kernels the step itself calls. */
  public int recordedCalls() {
    return recorded;
  }

  /** Returns how many kernels a replay calls. */
  public int calls() {
    return instructions.size();
  }

  /** Returns how many bytes the intermediate results of a session take. */
  public long plannedBytes() {
    return memory.bytes();
  }

  /** Returns how many bytes they would take if no two shared memory. */
  public long unsharedBytes() {
    return memory.unsharedBytes();
  }

  /** Returns what the program does, to look at; see {@link #graph(Map)}. */
  public ProgramGraph graph() {
    return graph(Map.of());
  }

  /**
   * Returns what the program does, to look at: calls, values, cost, memory.
   *
   * @param names what to call tensors that live outside, such as parameters
   */
  public ProgramGraph graph(Map<String, Tensor> names) {
    return new GraphReader(this, names).read();
  }

  /** Returns whether replay changes something outside: parameters, statistics, random streams. */
  public boolean hasEffects() {
    boolean writes = !changed.isEmpty();
    for (boolean w : written) {
      writes |= w;
    }
    return writes || !recording.settings.isEmpty() || !recording.counters.isEmpty();
  }

  /**
   * Returns whether every decision of the recorded step, such as training or evaluation mode, would
   * be the same now.
   */
  public boolean isCurrent() {
    return broken() == null;
  }

  Recording.@Nullable Guard broken() {
    for (int i = 0; i < recording.guards.size(); i++) {
      if (!recording.guards.get(i).holds()) {
        return recording.guards.get(i);
      }
    }
    return null;
  }

  /** Refuses to run on memory that was given back since the recording. */
  void checkOutside() {
    for (int i = 0; i < outside.size(); i++) {
      Tensor t = outside.get(i);
      if (t.storage().isReleased()) {
        throw new ReleasedException(
            "replay",
            "an operand of the recorded step",
            "released " + t.dtype() + t.shape(),
            "the scope that owned it is closed, or it was a gradient that was reset; record a step"
                + " with tensors that no scope owns, and gradients that it resets itself");
      }
    }
  }

  /** Whether the step changes the values of a placeholder. */
  boolean writes(int placeholder) {
    return written[placeholder];
  }

  /** Whether the step changes memory that lives outside. */
  boolean writes(Storage storage) {
    return changed.contains(storage);
  }

  /** Returns a new place to run this program: operands, results and memory of one thread. */
  public Session session() {
    return new Session(this);
  }

  /**
   * Runs the program once and returns copies of its results, owned by the open scope if there is
   * one. Several threads may call it if the program has no {@link #hasEffects effects}; they never
   * wait for each other.
   *
   * @param values one tensor a placeholder, of its type and shape
   * @throws CaptureException if a decision of the recorded step would now be another
   * @throws org.adjoint.tensor.ShapeException if a value does not fit
   */
  public List<Tensor> run(Tensor... values) {
    Session known = idle.poll();
    Session session = known == null ? session() : known;
    List<Tensor> results = session.call(values);
    idle.add(session);
    return results;
  }

  /**
   * Records the step again and compares.
   *
   * @return what differs first, empty if nothing does: a branch in Java that now goes another way,
   *     a shape, a constant
   */
  public String difference(Supplier<Variable> step) {
    Program now = capture(step, placeholders.toArray(new Placeholder[0]));
    List<String> before = ProgramText.lines(this);
    List<String> after = ProgramText.lines(now);
    for (int i = 0; i < Math.max(before.size(), after.size()); i++) {
      String a = i < before.size() ? before.get(i) : "the end";
      String b = i < after.size() ? after.get(i) : "the end";
      if (!a.equals(b)) {
        return "call " + i + " was " + a.strip() + ", and is now " + b.strip();
      }
    }
    return "";
  }

  /** Returns a listing: every kernel call with its operands and results, and the memory. */
  @Override
  public String toString() {
    return ProgramText.of(this);
  }
}
