package org.adjoint.layers.train;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.adjoint.autograd.Graph;
import org.adjoint.autograd.Variable;
import org.adjoint.layers.Network;
import org.adjoint.layers.data.Batch;
import org.adjoint.layers.data.DataLoader;
import org.adjoint.layers.optim.Optimizer;
import org.adjoint.layers.optim.Schedule;
import org.adjoint.tensor.ArgumentException;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Scope;
import org.adjoint.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * The training loop: for each epoch, for each batch, reset the gradients, compute the loss, go
 * back, update; each step in a {@link Scope} of its own, so that a steady state allocates no
 * arrays.
 *
 * <pre>{@code
 * Sequential model = Models.lenet5(setup);
 * Optimizer optimizer = new Sgd(model, 0.05, 0.9);
 * History history = new Trainer(new Classification(model), optimizer, loader, 8).run();
 * }</pre>
 */
public final class Trainer {
  final Task task;
  final Optimizer optimizer;
  final DataLoader loader;
  private final double baseRate;
  final Progress progress = new Progress();
  final List<EpochResult> results = new ArrayList<>();
  private final List<TrainingListener> listeners = new ArrayList<>();
  private final float[] singleLoss = new float[1];
  private final double[] doubleLoss = new double[1];
  private Schedule schedule = Schedule.constant();
  private @Nullable DataLoader heldOut;
  int epochsDone;
  double trainSeconds;

  /**
   * Creates a trainer.
   *
   * @param task what to learn
   * @param optimizer of the task's network; its learning rate now is the base of the schedule
   * @param loader the training batches
   * @param epochs how many there will be in all, at least 1
   * @throws ArgumentException if there are none
   */
  public Trainer(Task task, Optimizer optimizer, DataLoader loader, int epochs) {
    if (epochs < 1) {
      throw new ArgumentException("trainer", "epochs", epochs, "it must be at least 1");
    }
    this.task = task;
    this.optimizer = optimizer;
    this.loader = loader;
    this.baseRate = optimizer.learningRate();
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
  public Trainer heldOut(DataLoader batches) {
    heldOut = batches;
    return this;
  }

  /** Adds a listener. Returns this trainer. */
  public Trainer listener(TrainingListener listener) {
    listeners.add(listener);
    return this;
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
   * Saves everything that {@link #resume} needs to go on with the same bits: the network, the
   * optimizer, the positions of all random streams, and the history.
   *
   * @throws org.adjoint.layers.io.CheckpointException if the file cannot be written
   */
  public void save(Path file) {
    TrainingState.save(file, this);
  }

  /**
   * Goes on where a trainer that was made like this one has saved, after the same epoch. If it
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
   * take.
   *
   * @throws TrainingException if a loss is NaN or infinite
   */
  public History run(int atMost) {
    int until = Math.min(progress.epochs, epochsDone + Math.max(0, atMost));
    double secondsBefore = trainSeconds;
    progress.stepsThisRun = 0;
    for (TrainingListener l : listeners) {
      l.onStart(progress);
    }
    long start = System.nanoTime();
    while (epochsDone < until) {
      long epochStart = System.nanoTime();
      task.network().train();
      progress.epoch = epochsDone + 1;
      progress.batch = 0;
      progress.metrics.reset();
      for (Batch batch : loader) {
        step(batch);
        long now = System.nanoTime();
        progress.epochNanos = now - epochStart;
        progress.totalNanos = now - start;
        for (int i = 0; i < listeners.size(); i++) {
          listeners.get(i).onBatch(progress);
        }
      }
      epochsDone++;
      trainSeconds = secondsBefore + progress.totalNanos / 1e9;
      finish();
    }
    task.network().eval();
    History history = new History(results, trainSeconds);
    for (TrainingListener l : listeners) {
      l.onEnd(history);
    }
    return history;
  }

  private void step(Batch batch) {
    progress.learningRate = baseRate * schedule.factor(progress.step, progress.steps);
    optimizer.learningRate(progress.learningRate);
    try (Scope _ = Scope.open()) {
      optimizer.resetGradients();
      Variable loss = task.loss(batch, progress.metrics);
      loss.backward();
      optimizer.step();
      progress.batchLoss = read(loss.value());
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
  public static Metrics evaluate(Task task, DataLoader loader) {
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
