package org.adjoint.autograd.capture;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.adjoint.kernels.Backends;
import org.adjoint.kernels.Expr;
import org.adjoint.kernels.KernelWork;
import org.adjoint.kernels.Kernels;
import org.adjoint.kernels.TracingKernels;
import org.adjoint.kernels.UpdateStep;
import org.adjoint.tensor.AdjointException;
import org.adjoint.tensor.ArgumentException;
import org.adjoint.tensor.Context;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.DTypeException;
import org.adjoint.tensor.Layout;
import org.adjoint.tensor.Shape;
import org.adjoint.tensor.ShapeException;
import org.adjoint.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * A place to run a {@link Program}: its operands, its results, and one block of memory for all that
 * is between. Kernel calls are bound to their tensors once; a run only makes them. For one thread
 * at a time.
 */
public final class Session {
  private static final double[] NONE = {};

  private final Program program;
  private final Tensor[] inputs;
  private final Tensor[] outputs;
  private final @Nullable Tensor[] blocks = new @Nullable Tensor[DType.values().length];
  private final Runnable[] calls;

  /** Before each call, what asks for the inputs that the step had asked for by then, or null. */
  private final @Nullable Runnable[] asks;

  /** Asks for the inputs that the step asked for after its last call. */
  private final Runnable nextInputs;

  /** Where each operand is read. */
  private final Tensor[] fed;

  /** Replays all calls as one, if the device can; else null. */
  private final @Nullable GraphReplay graph;

  private boolean unchecked;

  /** The tensors of each call, for those who listen. */
  private final Tensor[][] tensors;

  private final List<List<Use>> uses = new ArrayList<>();
  private final @Nullable UpdateStep[] settings;
  private final long[] counters;

  /** A place in the operands of a call, or in the results, that holds a view of a placeholder. */
  private record Use(Tensor[] place, int index, Layout layout) {
    void set(Tensor value) {
      Layout own = value.layout();
      place[index] = own.equals(layout) ? value : value.view(layout.moved(own.offset()));
    }
  }

  Session(Program program) {
    this.program = program;
    inputs = new Tensor[program.placeholders.size()];
    for (int i = 0; i < inputs.length; i++) {
      uses.add(new ArrayList<>());
      Placeholder p = program.placeholders.get(i);
      Tensor like = p.tensor();
      inputs[i] = Tensor.zeros(like.device(), like.dtype(), like.shape().toArray());
    }
    fed = inputs.clone();
    for (DType d : DType.values()) {
      int size = program.memory.size(d);
      if (size > 0) {
        blocks[d.ordinal()] = Tensor.owned(program.backend, d, Shape.of(size));
      }
    }
    settings = new @Nullable UpdateStep[program.recording.settings.size()];
    counters = new long[program.recording.counters.size()];
    outputs = new Tensor[program.outputs.length];
    for (int i = 0; i < outputs.length; i++) {
      place(program.outputs[i], outputs, i);
    }
    calls = new Runnable[program.instructions.size()];
    asks = new @Nullable Runnable[calls.length];
    tensors = new Tensor[calls.length][];
    for (int i = 0; i < calls.length; i++) {
      Instruction instruction = program.instructions.get(i);
      tensors[i] = new Tensor[instruction.refs().length];
      calls[i] = bind(instruction, tensors[i]);
    }
    nextInputs = advance();
    graph = program.backend.graph().map(g -> new GraphReplay(program, this, g)).orElse(null);
  }

  /**
   * Lets calls first ask for the inputs for which the step had asked before it made them: a run
   * that fails leaves counters and steps where the step itself would.
   *
   * @return asks for those that no call comes after
   */
  private Runnable advance() {
    Recording recording = program.recording;
    int setting = 0;
    int counter = 0;
    for (int i = 0; i < calls.length; i++) {
      int number = program.instructions.get(i).calls().getLast().number();
      int firstSetting = setting;
      int firstCounter = counter;
      while (setting < settings.length && recording.settings.get(setting).before() <= number) {
        setting++;
      }
      while (counter < counters.length && recording.counters.get(counter).before() <= number) {
        counter++;
      }
      if (firstSetting < setting || firstCounter < counter) {
        asks[i] = inputs(firstSetting, setting, firstCounter, counter);
      }
    }
    return inputs(setting, settings.length, counter, counters.length);
  }

  private Runnable inputs(int firstSetting, int lastSetting, int firstCounter, int lastCounter) {
    Recording recording = program.recording;
    return () -> {
      for (int i = firstSetting; i < lastSetting; i++) {
        settings[i] = recording.settings.get(i).next().get();
      }
      for (int i = firstCounter; i < lastCounter; i++) {
        Recording.Counter c = recording.counters.get(i);
        counters[i] = c.stream().advance(c.count());
      }
    };
  }

  private void place(Ref ref, Tensor[] place, int index) {
    int placeholder = ref.buffer().placeholder;
    if (placeholder >= 0) {
      Use use = new Use(place, index, ref.layout());
      use.set(inputs[placeholder]);
      uses.get(placeholder).add(use);
    } else {
      place[index] = tensor(ref);
    }
  }

  private Tensor tensor(Ref ref) {
    Buffer b = ref.buffer();
    Tensor block = b.outside != null ? b.outside : blocks[b.dtype.ordinal()];
    if (block == null) {
      // An output that no call writes: nothing was asked of the kernels but memory.
      block = Tensor.zeros(program.backend, b.dtype, b.size);
    }
    return block.view(
        b.outside != null ? ref.layout() : ref.layout().moved(program.memory.offset(b)));
  }

  private Runnable bind(Instruction i, Tensor[] t) {
    Kernels raw = program.backend.unchecked();
    for (int r = 0; r < t.length; r++) {
      place(i.refs()[r], t, r);
    }
    Tensor out = t[t.length - 1];
    Tensor[] operands = new Tensor[t.length - 1];
    for (int r = 0; r < operands.length; r++) {
      place(i.refs()[r], operands, r);
    }
    int input = i.input();
    // A bound call keeps its arrays; one that reads a placeholder is told of them at each run.
    boolean fixed = Arrays.stream(i.refs()).allMatch(r -> r.buffer().placeholder < 0);
    return switch (i.work()) {
      case KernelWork.Map m when m.f() instanceof Expr.Constant c ->
          () -> raw.elementwise().fill(c.value(), out);
      case KernelWork.Map m when fixed ->
          raw.elementwise().bindMap(m.f(), m.parameters(), out, operands);
      case KernelWork.Map m -> () -> raw.elementwise().map(m.f(), m.parameters(), out, operands);
      // Only mapReduce takes views: a copy that was joined in left the operand as it was.
      case KernelWork.Reduce r when r.f().equals(Expr.operand(0)) && operands[0].isContiguous() ->
          () -> raw.reductions().reduce(r.reduce(), operands[0], r.axis(), out);
      case KernelWork.Reduce r when fixed ->
          raw.reductions().bindMapReduce(r.reduce(), r.f(), NONE, r.axis(), out, operands);
      case KernelWork.Reduce r ->
          () -> raw.reductions().mapReduce(r.reduce(), r.f(), NONE, r.axis(), out, operands);
      case KernelWork.Call c when !c.checked() -> () -> c.call().run(raw, t);
      case KernelWork.Call c -> () -> c.call().run(checking(), t);
      case KernelWork.Draw d ->
          () -> {
            long offset = input < 0 ? d.offset() : counters[input];
            d.call().run(raw.random(), d.seed(), offset, out);
          };
      case KernelWork.Update u when u.rows() -> {
        Tensor[] changed = Arrays.copyOf(t, t.length - 1);
        yield () -> checking().updates().updateRows(given(input, u.step()), out, changed);
      }
      case KernelWork.Update u -> raw.updates().bindUpdate(() -> given(input, u.step()), t);
    };
  }

  /** The kernels of calls with indices, which are looked at unless they were before. */
  private Kernels checking() {
    return unchecked ? program.backend.unchecked() : program.backend.kernels();
  }

  private UpdateStep given(int input, UpdateStep recorded) {
    UpdateStep now = input < 0 ? recorded : settings[input];
    return now == null ? recorded : now;
  }

  /** Returns the program. */
  public Program program() {
    return program;
  }

  /** Returns a tensor of the session's own, to be filled, from which runs read an operand. */
  public Tensor input(int i) {
    read(i, inputs[i]);
    return inputs[i];
  }

  private void read(int i, Tensor value) {
    fed[i] = value;
    bind(i, value);
  }

  private void bind(int i, Tensor value) {
    List<Use> places = uses.get(i);
    for (int u = 0; u < places.size(); u++) {
      places.get(u).set(value);
    }
  }

  /** Returns a result; the next run writes over it. */
  public Tensor output(int i) {
    return outputs[i];
  }

  /**
   * Gives an operand its values. A dense tensor of the program's device is read where it is, at the
   * next {@link #run}; another is copied, and so is one that a run writes to, such as a result of
   * this session or a parameter that the step updates.
   *
   * @param i the number of the placeholder
   * @param value of the placeholder's type and shape
   * @return this session
   * @throws ShapeException if the shape is not that of the placeholder
   * @throws DTypeException if the type is not
   */
  public Session feed(int i, Tensor value) {
    if (i < 0 || i >= inputs.length) {
      throw new ArgumentException(
          "feed", "placeholder", i, "this program has " + program.placeholders);
    }
    Tensor input = inputs[i];
    Placeholder p = program.placeholders.get(i);
    if (!value.shape().equals(input.shape())) {
      throw new ShapeException(
          "feed",
          p.name(),
          value.shape(),
          "the program was recorded for " + input.shape() + "; record one for each shape");
    }
    if (value.dtype() != input.dtype()) {
      throw new DTypeException(
          "feed", p.name(), value.dtype(), "the program was recorded for " + input.dtype());
    }
    if (value.device() == program.backend
        && value.isContiguous()
        && !program.writes(i)
        && !isWritten(value)) {
      read(i, value);
    } else {
      Tensor near = value.device() == input.device() ? value : value.to(input.device());
      Backends.kernels(input.device()).elementwise().copy(near, input);
      read(i, input);
    }
    return this;
  }

  /** Whether a run writes to the memory of a tensor: this session's own, or a parameter's. */
  private boolean isWritten(Tensor value) {
    for (Tensor block : blocks) {
      if (block != null && block.storage() == value.storage()) {
        return true;
      }
    }
    return program.writes(value.storage());
  }

  /**
   * Replays the step.
   *
   * @throws CaptureException if a decision of the recorded step would now be another, or in anomaly
   *     mode
   * @throws org.adjoint.tensor.ReleasedException if memory that the step uses was given back
   */
  public void run() {
    Context context = Context.current();
    if (context.recorder() != null) {
      throw new CaptureException(
          "step", "a replay", "a program cannot be part of another; call the step itself");
    }
    if (context.anomalies()) {
      throw new CaptureException(
          "anomaly mode", "on", "a replay looks at no value; compute the step as usual");
    }
    Recording.Guard broken = program.broken();
    if (broken != null) {
      throw new CaptureException(
          broken.what(),
          broken.now().get(),
          "it was " + broken.value() + " when the step was recorded; record it anew");
    }
    program.checkOutside();
    if (Backends.kernels(program.backend) instanceof TracingKernels heard) {
      for (int i = 0; i < calls.length; i++) {
        KernelWork work = program.instructions.get(i).work();
        ask(i);
        heard.trace(work.family(), work.op(), calls[i], tensors[i]);
      }
    } else if (graph == null || !graph.run()) {
      for (int i = 0; i < calls.length; i++) {
        ask(i);
        calls[i].run();
      }
    }
    nextInputs.run();
  }

  /** Asks for the inputs that the step had asked for before a call. */
  void ask(int i) {
    Runnable inputs = asks[i];
    if (inputs != null) {
      inputs.run();
    }
  }

  // ---- as one piece of work -------------------------------------------------------------------

  /** Asks for all inputs that calls wait for. */
  void ask() {
    for (int i = 0; i < asks.length; i++) {
      ask(i);
    }
  }

  /** Makes a call whose inputs were asked for, and whose indices are right. */
  void call(int i) {
    unchecked = true;
    try {
      calls[i].run();
    } finally {
      unchecked = false;
    }
  }

  /** Returns the tensors of a call. */
  Tensor[] tensors(int i) {
    return tensors[i];
  }

  /** Returns the settings that were asked for last, null if never. */
  @Nullable UpdateStep setting(int i) {
    return settings[i];
  }

  /** Returns the counter that was asked for last. */
  long counter(int i) {
    return counters[i];
  }

  /** Lets all calls read the session's own operands, or again those that were fed. */
  void own(boolean on) {
    for (int i = 0; i < inputs.length; i++) {
      bind(i, on ? inputs[i] : fed[i]);
    }
  }

  /** Copies what was fed into the session's own operands. */
  void copyFed() {
    for (int i = 0; i < inputs.length; i++) {
      if (fed[i] != inputs[i]) {
        program.backend.unchecked().elementwise().copy(fed[i], inputs[i]);
      }
    }
  }

  /**
   * Returns whether runs are one piece of work of the device, such as one launch of a CUDA graph.
   */
  public boolean isGraph() {
    return graph != null && graph.isReady();
  }

  /**
   * Returns why runs cannot be one piece of work of the device; null if nothing has been in the
   * way.
   */
  public @Nullable AdjointException graphObstacle() {
    return graph == null ? null : graph.obstacle();
  }

  /** Feeds, runs, and copies the results. */
  List<Tensor> call(Tensor... values) {
    if (values.length != inputs.length) {
      throw new ArgumentException(
          "run", "values", values.length + " tensors", "the program takes " + program.placeholders);
    }
    for (int i = 0; i < values.length; i++) {
      feed(i, values[i]);
    }
    run();
    List<Tensor> results = new ArrayList<>();
    for (Tensor output : outputs) {
      Tensor copy = Tensor.result(output.device(), output.dtype(), output.shape());
      Backends.kernels(output.device()).elementwise().copy(output, copy);
      results.add(copy);
    }
    return results;
  }
}
