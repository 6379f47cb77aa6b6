package org.adjoint.autograd.capture;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import org.adjoint.autograd.RandomStream;
import org.adjoint.autograd.RowGradient;
import org.adjoint.autograd.Variable;
import org.adjoint.kernels.Backend;
import org.adjoint.kernels.CheckedKernels;
import org.adjoint.kernels.KernelRecorder;
import org.adjoint.kernels.KernelWork;
import org.adjoint.kernels.Kernels;
import org.adjoint.kernels.RecordingKernels;
import org.adjoint.kernels.UpdateStep;
import org.adjoint.tensor.Context;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Recorder;
import org.adjoint.tensor.Storage;
import org.adjoint.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * A step while it is written down. What a step does in Java besides calling kernels happens only
 * now, so whoever keeps state in Java tells the recording how replay is to treat it: settings and
 * counters that change from step to step are {@link #input inputs}, decisions are {@link #guard
 * guards}, and changes are {@link #undo undone} at the end, for a recording computes nothing.
 */
public final class Recording implements KernelRecorder {
  /** Something that the step has decided by, and what it was. */
  record Guard(String what, Object value, Supplier<Object> now) {
    boolean holds() {
      return value.equals(now.get());
    }
  }

  /** A counter of random numbers: replay draws as many from the stream, before a call. */
  record Counter(RandomStream stream, int count, long seed, long from, int before) {
    boolean isAgain(RandomStream other, int itsCount, long itsFrom) {
      return stream == other && count == itsCount && seed == other.seed() && from == itsFrom;
    }
  }

  /** Settings that replay asks for anew, before a call. */
  record Setting(Supplier<UpdateStep> next, int before) {}

  /** Sets the gradient of a leaf, whole or of rows, to put it back when the recording ends. */
  @FunctionalInterface
  public interface Restore {
    /** Sets it. */
    void to(@Nullable Tensor grad, @Nullable RowGradient rows);
  }

  /** A leaf whose gradient the step resets or fills. */
  private static final class Leaf {
    final @Nullable RowGradient rows;
    final @Nullable Tensor grad;
    final Restore restore;
    boolean reset;
    boolean filled;

    Leaf(Variable leaf, Restore restore) {
      this.rows = leaf.rowGrad();
      this.grad = rows == null ? leaf.grad() : null;
      this.restore = restore;
    }

    boolean hadGradient() {
      return rows != null || grad != null;
    }

    void putBack() {
      restore.to(grad, rows);
    }
  }

  final List<Instruction> instructions = new ArrayList<>();
  final List<Setting> settings = new ArrayList<>();
  final List<Counter> counters = new ArrayList<>();
  final List<Guard> guards = new ArrayList<>();
  private final IdentityHashMap<Object, Set<String>> guarded = new IdentityHashMap<>();
  private final IdentityHashMap<UpdateStep, Integer> settingsNumber = new IdentityHashMap<>();
  private final IdentityHashMap<Storage, Buffer> buffers = new IdentityHashMap<>();
  private final Set<Storage> made = Collections.newSetFromMap(new IdentityHashMap<>());

  /** Memory that the step took for itself: a constant at replay, so the step must not write it. */
  private final Set<Storage> constant = Collections.newSetFromMap(new IdentityHashMap<>());

  private final IdentityHashMap<Variable, Leaf> leaves = new IdentityHashMap<>();
  private final List<Runnable> undo = new ArrayList<>();
  private final IdentityHashMap<Backend, Kernels> kernels = new IdentityHashMap<>();

  /** For each call, the recomputation that it belongs to; 0 for none. */
  private final List<Integer> recomputationOf = new ArrayList<>();

  private int recomputations;
  private int recomputation;
  private Phase phase = Phase.FORWARD;
  private @Nullable String gradientOf;
  private @Nullable Backend backend;
  private int numbers;

  Recording() {}

  /** Returns the recording of the current thread, or null if steps are computed as usual. */
  public static @Nullable Recording current() {
    Recorder recorder = Context.current().recorder();
    return recorder instanceof Recording r ? r : null;
  }

  // ---- what the recorded step tells -----------------------------------------------------------

  /**
   * Makes settings an input: wherever a kernel is given this very object, replay gives it a new
   * one.
   *
   * @param now the settings of this step
   * @param next gives those of the next step, called once a replay, when it has come to this place
   */
  public void input(UpdateStep now, Supplier<UpdateStep> next) {
    settingsNumber.put(now, settings.size());
    settings.add(new Setting(next, instructions.size()));
  }

  /**
   * Makes a counter of random numbers an input. A stream that was put back draws the same numbers
   * again, at replay as well.
   */
  public void input(RandomStream stream, int count, long from) {
    forward();
    if (counters.stream().anyMatch(c -> c.isAgain(stream, count, from))) {
      return;
    }
    if (counters.stream().noneMatch(c -> c.stream() == stream)) {
      undo(() -> stream.offset(from));
    }
    counters.add(new Counter(stream, count, stream.seed(), from, instructions.size()));
  }

  /**
   * Notes a decision of the step; a replay for which it would be another is refused.
   *
   * @param who whose decision, once each
   * @param what what it is, for the message
   * @param now what is decided by; its value now is expected at every replay
   */
  public void guard(Object who, String what, Supplier<Object> now) {
    if (guarded.computeIfAbsent(who, k -> new HashSet<>()).add(what)) {
      guards.add(new Guard(what, now.get(), now));
    }
  }

  /** Notes what takes back a change of Java state; called when the recording ends. */
  public void undo(Runnable action) {
    undo.add(action);
  }

  /** Says that backpropagation begins, or has ended. */
  public void backward(boolean begins) {
    phase = begins ? Phase.BACKWARD : Phase.UPDATE;
  }

  /**
   * Says that an operation is run: behind an update a step goes forward again, as that of two
   * networks against each other does.
   */
  public void forward() {
    if (phase == Phase.UPDATE) {
      phase = Phase.FORWARD;
    }
  }

  /** Says that an optimizer begins its step. */
  public void update() {
    phase = Phase.UPDATE;
  }

  /**
   * Says that what follows is computed again because its results were not kept: no call of it is
   * taken for an equal one before, whose results would then have to live until here.
   *
   * @return what to hand to {@link #recomputed} at the end
   */
  public int recomputing() {
    int outer = recomputation;
    recomputation = ++recomputations;
    return outer;
  }

  /** Says that a recomputation has ended, within another or not. */
  public void recomputed(int outer) {
    recomputation = outer;
  }

  /** Returns the recomputation that a recorded call belongs to; 0 for none. */
  int recomputation(Instruction i) {
    return recomputationOf.get(i.calls().getFirst().number());
  }

  /**
   * Says whose gradient is computed now, null for nobody's: formulas without a name of their own
   * get theirs from it.
   */
  public void gradientOf(@Nullable String op) {
    gradientOf = op;
  }

  /**
   * Notes that the gradient of a leaf is reset, before it is.
   *
   * @return whether the gradient was made by the recorded step
   */
  public boolean resets(Variable leaf, Restore restore) {
    Leaf l = leaf(leaf, restore);
    l.reset |= !l.filled;
    return isMade(leaf);
  }

  /**
   * Notes that a leaf gets its first gradient, or a whole one in the place of rows, before it does.
   *
   * @param memory of the gradient's own
   * @return whether the gradient that it has was made by the recorded step
   */
  public boolean fills(Variable leaf, Restore restore, Tensor... memory) {
    leaf(leaf, restore).filled = true;
    boolean isMade = isMade(leaf);
    for (Tensor t : memory) {
      constant.remove(t.storage());
      made.add(t.storage());
    }
    return isMade;
  }

  private boolean isMade(Variable leaf) {
    RowGradient rows = leaf.rowGrad();
    Tensor gradient = rows == null ? leaf.grad() : rows.rows();
    return gradient != null && made.contains(gradient.storage());
  }

  /** Notes that a tensor, made by the step, stays for the steps to come: state of an optimizer. */
  public void keeps(Tensor state) {
    constant.remove(state.storage());
  }

  private Leaf leaf(Variable leaf, Restore restore) {
    return leaves.computeIfAbsent(leaf, v -> new Leaf(v, restore));
  }

  // ---- what kernels tell ----------------------------------------------------------------------

  @Override
  public Kernels kernels(Backend b) {
    return kernels.computeIfAbsent(b, k -> new CheckedKernels(k, new RecordingKernels(k, this)));
  }

  @Override
  public void allocated(Storage storage) {
    made.add(storage);
  }

  @Override
  public void owned(Storage storage) {
    constant.add(storage);
  }

  @Override
  public void called(Backend b, KernelWork work, String roles, Tensor... tensors) {
    if (backend != null && backend != b) {
      throw new CaptureException(
          "device", b.name(), "a step is recorded on one device; this one began on " + backend);
    }
    backend = b;
    Ref[] refs = new Ref[tensors.length];
    for (int i = 0; i < refs.length; i++) {
      if (roles.charAt(i) != 'r') {
        writes(work.op(), roles.charAt(i) == 'w', tensors[i]);
      }
      refs[i] = ref(tensors[i]);
      if (roles.charAt(i) != 'r'
          && tensors[i].dtype() == DType.I32
          && made.contains(tensors[i].storage())) {
        // Indices in range; what is not the step's own stays as it is.
        b.unchecked().elementwise().fill(0, tensors[i]);
      }
    }
    String op =
        gradientOf != null && work instanceof KernelWork.Map m && m.op().equals("map")
            ? gradientOf + " gradient"
            : work.op();
    int result = Math.max(0, roles.replace('u', 'w').indexOf('w'));
    RecordedCall call = new RecordedCall(instructions.size(), phase, op, refs[result].shape());
    instructions.add(new Instruction(work, roles, refs, phase, inputOf(work), List.of(call)));
    recomputationOf.add(recomputation);
  }

  /** Refuses to change a constant; one that is filled before it is read is a result like others. */
  private void writes(String op, boolean anew, Tensor tensor) {
    Storage storage = tensor.storage();
    if (!constant.contains(storage)) {
      return;
    }
    boolean whole = tensor.isContiguous() && tensor.size() == storage.size();
    if (!anew || !whole || buffers.containsKey(storage)) {
      throw new CaptureException(
          op,
          "a write to " + tensor.dtype() + tensor.shape(),
          "the step made this tensor by hand (Tensor.zeros, Tensor.of) and changes it; make it"
              + " before the step if it is state, or write to the result of an operation");
    }
    constant.remove(storage);
    made.add(storage);
  }

  private int inputOf(KernelWork work) {
    return switch (work) {
      case KernelWork.Update u -> settingsNumber.getOrDefault(u.step(), -1);
      case KernelWork.Draw d -> counterOf(d);
      default -> -1;
    };
  }

  private int counterOf(KernelWork.Draw d) {
    for (int i = counters.size() - 1; i >= 0; i--) {
      if (counters.get(i).seed() == d.seed() && counters.get(i).from() == d.offset()) {
        return i;
      }
    }
    return -1;
  }

  Ref ref(Tensor tensor) {
    Buffer buffer =
        buffers.computeIfAbsent(
            tensor.storage(),
            s ->
                made.contains(s)
                    ? Buffer.inside(numbers++, tensor)
                    : Buffer.outside(numbers++, tensor));
    return new Ref(buffer, tensor.layout());
  }

  // ---- begin and end --------------------------------------------------------------------------

  void placeholder(Placeholder p, int number) {
    Tensor t = p.tensor();
    if (buffers.put(t.storage(), Buffer.placeholder(numbers++, t, number)) != null) {
      throw new CaptureException("placeholder", p, "it is given twice");
    }
  }

  /** The device of the step; null if it calls no kernel. */
  @Nullable Backend backend() {
    return backend;
  }

  /** Lets go what is needed only to build a program. */
  void built() {
    buffers.values().forEach(Buffer::built);
    buffers.clear();
    made.clear();
    constant.clear();
    leaves.clear();
    kernels.clear();
    guarded.clear();
    instructions.clear();
    recomputationOf.clear();
  }

  /** Refuses a step that changes by itself what it has decided by, as no replay does. */
  void checkGuards() {
    for (Guard g : guards) {
      if (!g.holds()) {
        throw new CaptureException(
            g.what(),
            g.now().get(),
            "it was "
                + g.value()
                + " when the step asked first, and the step itself changed it;"
                + " replay changes nothing in Java: compute this step as usual");
      }
    }
  }

  /** Takes back what the step has done in Java. */
  void rollBack() {
    for (int i = undo.size() - 1; i >= 0; i--) {
      undo.get(i).run();
    }
    leaves.values().forEach(Leaf::putBack);
  }

  /**
   * Refuses a step after which a leaf is not as the next step must find it: replay does what was
   * recorded, whether there is a gradient or not.
   */
  void checkLeaves() {
    leaves.forEach(
        (v, l) -> {
          boolean same = l.hadGradient() == v.hasGrad();
          if (l.filled && !l.reset && !same) {
            throw new CaptureException(
                "gradient",
                "of a leaf " + v.dtype() + v.shape(),
                !l.hadGradient()
                    ? "the step leaves it behind and the next one would add to it; reset the"
                        + " gradients (resetGrad, resetGradients) at the start of the step"
                    : "it was there before the recording; reset the gradients first");
          }
        });
  }
}
