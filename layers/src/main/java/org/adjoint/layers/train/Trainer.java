package org.adjoint.layers.train;

import static java.util.Objects.requireNonNull;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.adjoint.autograd.Graph;
import org.adjoint.autograd.RandomStream;
import org.adjoint.autograd.Variable;
import org.adjoint.kernels.Backends;
import org.adjoint.layers.Network;
import org.adjoint.layers.data.Batch;
import org.adjoint.layers.data.Batches;
import org.adjoint.layers.optim.Optimizer;
import org.adjoint.layers.optim.Schedule;
import org.adjoint.tensor.AdjointException;
import org.adjoint.tensor.ArgumentException;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Scope;
import org.adjoint.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * The training loop: for each epoch, for each batch, reset the gradients, compute the loss, go
 * back, update. The first step of a shape is computed in a {@link Scope} of its own and looked at
 * for the usual {@link Warnings mistakes}; from the second on, steps of a {@link RecordableTask}
 * are recorded and replayed, which gives the same bits in less time.
 *
 * <pre>{@code
 * Sequential model = Models.lenet5(setup);
 * Optimizer optimizer = new Sgd(model, 0.05, 0.9);
 * History history = new Trainer(new Classification(model), optimizer, loader, 8).run();
 * }</pre>
 */
public final class Trainer {
  private static final System.Logger LOG = System.getLogger(Trainer.class.getName());

  final Task task;
  final Optimizer optimizer;
  final Batches loader;
  private final double baseRate;
  final Progress progress = new Progress();
  final List<EpochResult> results = new ArrayList<>();
  final List<TrainingListener> listeners = new ArrayList<>();
  private final Replay replay;
  private final List<Batch> group = new ArrayList<>();
  private final float[] singleLoss = new float[1];
  private final double[] doubleLoss = new double[1];
  private Schedule schedule = Schedule.constant();
  private @Nullable Schedule momentum;
  private int accumulated = 1;
  private @Nullable DataParallel parallel;
  private @Nullable Batches heldOut;
  private boolean inspected;
  private volatile @Nullable String stopped;
  int epochsDone;
  double trainSeconds;

  /** A factor of the learning rate besides the schedule. */
  double scale = 1;

  /** Where the loader's streams stood when the epoch began that is not finished. */
  final Map<String, Long> epochStart = new LinkedHashMap<>();

  /**
   * Creates a trainer.
   *
   * @param task what to learn
   * @param optimizer of the task's network; its learning rate now is the base of the schedule
   * @param loader the training batches
   * @param epochs how many there will be in all, at least 1
   * @throws ArgumentException if there are none
   */
  public Trainer(Task task, Optimizer optimizer, Batches loader, int epochs) {
    if (epochs < 1) {
      throw new ArgumentException("trainer", "epochs", epochs, "it must be at least 1");
    }
    this.task = task;
    this.optimizer = optimizer;
    this.loader = loader;
    this.baseRate = optimizer.learningRate();
    this.replay = new Replay(task, optimizer);
    progress.epochs = epochs;
    progress.batches = loader.batches();
    progress.steps = (long) epochs * loader.batches();
    if (progress.batches == 0) {
      throw new ArgumentException(
          "trainer", "loader", "without batches", "use a smaller batch or keep the last one");
    }
  }

  /** Sets how the learning rate changes; it is constant otherwise. Returns this trainer. */
  public Trainer schedule(Schedule value) {
    schedule = value;
    return this;
  }

  /**
   * Sets how the optimizer's momentum changes, which is constant otherwise: the schedule's numbers
   * are the momentum itself. Returns this trainer.
   *
   * @see org.adjoint.layers.optim.Schedules#oneCycleMomentum
   */
  public Trainer momentum(Schedule value) {
    momentum = value;
    return this;
  }

  /**
   * Makes one step for every n batches, as if they were one: gradients of their mean losses add up,
   * each divided by n; the last step of an epoch takes the batches that are left. Training is saved
   * and stopped between steps, never among the batches of one. Returns this trainer.
   *
   * @throws ArgumentException if n is less than 1, or steps were made already
   */
  public Trainer accumulate(int batches) {
    if (batches < 1 || progress.step > 0 || parallel != null) {
      throw new ArgumentException(
          "trainer",
          "accumulate",
          batches,
          "it must be at least 1, and said before the first step, which is now "
              + (progress.step + 1)
              + "; several devices take one batch a step");
    }
    accumulated = batches;
    int stepsOfEpoch = (progress.batches + batches - 1) / batches;
    progress.steps = (long) progress.epochs * stepsOfEpoch;
    return this;
  }

  /**
   * Makes each step on several devices. Returns this trainer.
   *
   * @throws ArgumentException if the trainer's task is not that of the first device, or steps take
   *     several batches
   */
  public Trainer parallel(DataParallel devices) {
    if (devices.task() != task || accumulated > 1) {
      throw new ArgumentException(
          "trainer",
          "parallel",
          devices.devices(),
          "the trainer must be made for parallel.task(), and take one batch a step");
    }
    parallel = devices;
    return this;
  }

  /** Evaluates these batches after every epoch. Returns this trainer. */
  public Trainer heldOut(Batches batches) {
    heldOut = batches;
    return this;
  }

  /** Adds a listener. Returns this trainer. */
  public Trainer listener(TrainingListener listener) {
    listeners.add(listener);
    listener.onAttach(this);
    return this;
  }

  /**
   * Says whether steps may be recorded and replayed; they are unless told otherwise. Gradients of a
   * replayed step are not left in the parameters. Returns this trainer.
   */
  public Trainer replay(boolean on) {
    replay.wanted(on);
    return this;
  }

  /** Returns the step that is replayed, or null if none is yet, or none can be. */
  public @Nullable TrainingStep replayed() {
    return replay.step();
  }

  /** Returns why steps cannot be replayed, or null if nothing has been in the way. */
  public @Nullable AdjointException replayObstacle() {
    return replay.obstacle();
  }

  /**
   * Makes the running, or else the next, run end after the batch that it is at. Any thread may call
   * it.
   *
   * @param reason for people
   */
  public void stop(String reason) {
    stopped = reason;
  }

  /** Returns why the last run was stopped, or null if it was not. */
  public @Nullable String stopped() {
    return stopped;
  }

  /** Returns where training stands: a live view. */
  public Progress progress() {
    return progress;
  }

  /** Returns what was reached so far. */
  public History history() {
    return new History(results, trainSeconds);
  }

  /** Returns whether all epochs are done. */
  public boolean isDone() {
    return epochsDone >= progress.epochs;
  }

  /** Returns the task. */
  public Task task() {
    return task;
  }

  /** Returns how many epochs are done. */
  public int epochsDone() {
    return epochsDone;
  }

  /**
   * Saves everything that {@link #resume} needs to go on with the same bits, also in the middle of
   * an epoch: the network, the optimizer, the positions of all random streams and in the data, the
   * history, and what listeners keep.
   *
   * @throws org.adjoint.layers.io.CheckpointException if the file cannot be written
   */
  public void save(Path file) {
    TrainingState.save(file, this);
  }

  /**
   * Goes on where a trainer that was made like this one has saved, after the same batch: with the
   * same data and batches, seeds, optimizer, and listeners that keep something. If it is refused,
   * network, optimizer and streams are as they were.
   *
   * @throws org.adjoint.layers.io.CheckpointException if the file is damaged or from another
   *     training
   */
  public void resume(Path file) {
    TrainingState.resume(file, this);
  }

  /** Trains all epochs that are left. */
  public History run() {
    return run(progress.epochs - epochsDone);
  }

  /**
   * Trains at most so many epochs of those that are left, on the way that {@link #run()} would
   * take. A run that was stopped can be called again and goes on with the next batch.
   *
   * @throws TrainingException if a loss is NaN or infinite
   */
  public History run(int atMost) {
    int until = Math.min(progress.epochs, epochsDone + Math.max(0, atMost));
    double secondsBefore = trainSeconds;
    progress.stepsThisRun = 0;
    progress.totalNanos = 0;
    stopped = null;
    if (parallel != null) {
      parallel.spread();
    }
    for (TrainingListener l : listeners) {
      l.onStart(progress);
    }
    try {
      epochs(until, secondsBefore);
    } catch (RuntimeException e) {
      listeners.forEach(l -> l.onFailure(e));
      throw e;
    }
    task.network().eval();
    History history = history();
    for (TrainingListener l : listeners) {
      l.onEnd(history);
    }
    return history;
  }

  private void epochs(int until, double secondsBefore) {
    long start = System.nanoTime();
    while (epochsDone < until && stopped == null) {
      boolean finished = epoch(start);
      trainSeconds = secondsBefore + progress.totalNanos / 1e9;
      if (finished) {
        epochsDone++;
        finish();
        progress.batch = 0;
      }
    }
  }

  /** Trains what is left of an epoch; returns false if it was stopped before its end. */
  private boolean epoch(long start) {
    long epochStarted = System.nanoTime();
    task.network().train();
    progress.epoch = epochsDone + 1;
    Map<String, RandomStream> streams = loader.streams();
    if (progress.batch == 0) {
      progress.metrics.reset();
      streams.forEach((name, s) -> epochStart.put(name, s.offset()));
    } else {
      epochStart.forEach((name, offset) -> requireNonNull(streams.get(name)).offset(offset));
    }
    Iterator<Batch> batches = loader.iterator(progress.batch);
    while (stopped == null && batches.hasNext()) {
      step(batches);
      long now = System.nanoTime();
      progress.epochNanos = now - epochStarted;
      progress.totalNanos = now - start;
      for (int i = 0; i < listeners.size(); i++) {
        listeners.get(i).onBatch(progress);
      }
    }
    return progress.batch == progress.batches;
  }

  /** The learning rate of a step, from 0. */
  double rate(long step) {
    return baseRate * scale * schedule.factor(step, progress.steps);
  }

  private void step(Iterator<Batch> batches) {
    group.clear();
    if (accumulated == 1) {
      group.add(batches.next());
      step();
      return;
    }
    try (Scope _ = Scope.open()) {
      while (group.size() < accumulated && batches.hasNext()) {
        group.add(copy(batches.next()));
      }
      step();
    }
  }

  /** A loader fills the same batch again and again. */
  private static Batch copy(Batch b) {
    Tensor lengths = b.lengths();
    return new Batch(
        copy(b.x()),
        copy(b.labels()),
        lengths == null ? null : copy(lengths),
        b.indices().clone(),
        b.size());
  }

  private static Tensor copy(Tensor t) {
    Tensor copy = Tensor.result(t.device(), t.dtype(), t.shape());
    Backends.kernels(t.device()).elementwise().copy(t, copy);
    return copy;
  }

  private void step() {
    progress.learningRate = rate(progress.step);
    optimizer.learningRate(progress.learningRate);
    if (momentum != null) {
      optimizer.momentum(momentum.factor(progress.step, progress.steps));
    }
    int n = group.size();
    progress.batchLoss = 0;
    List<Tensor> outputs = parallel != null ? null : replay.run(group);
    if (parallel != null) {
      progress.batchLoss = parallel.step(optimizer, group.getFirst(), progress.metrics);
    } else if (outputs != null && task instanceof RecordableTask recordable) {
      int each = outputs.size() / n;
      for (int i = 0; i < n; i++) {
        List<Tensor> own = n == 1 ? outputs : outputs.subList(i * each, (i + 1) * each);
        recordable.count(own, group.get(i), progress.metrics);
        computed(group.get(i), own.get(0));
      }
    } else {
      compute();
    }
    progress.step++;
    progress.stepsThisRun++;
    progress.batch += n;
    if (!Double.isFinite(progress.batchLoss)) {
      throw new TrainingException(
          "loss at step " + progress.step,
          progress.batchLoss,
          "training has diverged; lower the learning rate (it is "
              + progress.learningRate
              + ") or look for the first NaN in anomaly mode");
    }
  }

  /** Counts the loss of a batch. */
  private void computed(Batch batch, Tensor value) {
    double loss = read(value);
    progress.metrics.loss(loss, batch.size());
    progress.batchLoss += loss / group.size();
  }

  private void compute() {
    try (Scope _ = Scope.open()) {
      TrainingStep.accumulate(
          optimizer,
          group,
          batch -> {
            Variable loss = task.loss(batch, progress.metrics);
            if (!inspected) {
              inspected = true;
              for (Warning warning : Warnings.inspect(task.network(), loss)) {
                listeners.forEach(l -> l.onWarning(warning));
                LOG.log(System.Logger.Level.WARNING, warning);
              }
            }
            computed(batch, loss.value());
            return List.of(loss);
          });
    }
  }

  /** As {@link Tensor#item}, without a new array. */
  private double read(Tensor loss) {
    int at = loss.layout().offset();
    if (loss.dtype() == DType.F64) {
      loss.device().download(loss.storage(), at, doubleLoss, 0, 1);
      return doubleLoss[0];
    }
    loss.device().download(loss.storage(), at, singleLoss, 0, 1);
    return singleLoss[0];
  }

  private void finish() {
    Metrics held = new Metrics();
    if (heldOut != null) {
      held = evaluate(task, heldOut);
    }
    EpochResult result =
        new EpochResult(
            epochsDone,
            progress.step,
            progress.learningRate,
            progress.loss(),
            progress.accuracy(),
            held.loss(),
            held.accuracy(),
            trainSeconds);
    results.add(result);
    for (TrainingListener l : listeners) {
      l.onEpoch(progress, result);
    }
  }

  /** Runs a task in evaluation mode, without recording, over one epoch of a loader. */
  public static Metrics evaluate(Task task, Batches loader) {
    Metrics metrics = new Metrics();
    Network network = task.network();
    boolean before = network.isTraining();
    network.eval();
    try (Graph.NoGrad _ = Graph.noGrad()) {
      for (Batch batch : loader) {
        try (Scope _ = Scope.open()) {
          metrics.loss(task.loss(batch, metrics).item(), batch.size());
        }
      }
    } finally {
      network.mode(before);
    }
    return metrics;
  }
}
