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
  private final float[] singleLoss = new float[1];
  private final double[] doubleLoss = new double[1];
  private Schedule schedule = Schedule.constant();
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
   * Goes on where a trainer that was made like this one has saved, after the same batch. If it
   * fails, make a new trainer.
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
      step(batches.next());
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

  private void step(Batch batch) {
    progress.learningRate = rate(progress.step);
    optimizer.learningRate(progress.learningRate);
    List<Tensor> outputs = replay.run(batch);
    if (outputs != null && task instanceof RecordableTask recordable) {
      recordable.count(outputs, batch, progress.metrics);
      progress.batchLoss = read(outputs.get(0));
    } else {
      compute(batch);
    }
    progress.step++;
    progress.stepsThisRun++;
    progress.batch++;
    progress.metrics.loss(progress.batchLoss, batch.size());
    if (!Double.isFinite(progress.batchLoss)) {
      throw new TrainingException(
          "loss at step " + progress.step,
          progress.batchLoss,
          "training has diverged; lower the learning rate (it is "
              + progress.learningRate
              + ") or look for the first NaN in anomaly mode");
    }
  }

  private void compute(Batch batch) {
    try (Scope _ = Scope.open()) {
      optimizer.resetGradients();
      Variable loss = task.loss(batch, progress.metrics);
      if (!inspected) {
        inspected = true;
        for (Warning warning : Warnings.inspect(task.network(), loss)) {
          listeners.forEach(l -> l.onWarning(warning));
          LOG.log(System.Logger.Level.WARNING, warning);
        }
      }
      loss.backward();
      optimizer.step();
      progress.batchLoss = read(loss.value());
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
