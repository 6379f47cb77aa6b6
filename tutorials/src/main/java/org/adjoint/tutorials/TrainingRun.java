package org.adjoint.tutorials;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import org.adjoint.autograd.RandomStream;
import org.adjoint.cpu.Parallel;
import org.adjoint.kernels.Backend;
import org.adjoint.kernels.Backends;
import org.adjoint.kernels.Precision;
import org.adjoint.layers.Layer;
import org.adjoint.layers.Setup;
import org.adjoint.layers.data.Augmentation;
import org.adjoint.layers.data.DataLoader;
import org.adjoint.layers.data.Dataset;
import org.adjoint.layers.data.Images;
import org.adjoint.layers.data.Mnist;
import org.adjoint.layers.data.Split;
import org.adjoint.layers.io.Json;
import org.adjoint.layers.metrics.ConfusionMatrix;
import org.adjoint.layers.optim.Optimizer;
import org.adjoint.layers.train.Classification;
import org.adjoint.layers.train.DataParallel;
import org.adjoint.layers.train.History;
import org.adjoint.layers.train.Metrics;
import org.adjoint.layers.train.Progress;
import org.adjoint.layers.train.Reconstruction;
import org.adjoint.layers.train.RecordableTask;
import org.adjoint.layers.train.Trainer;
import org.adjoint.layers.train.TrainingListener;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Device;
import org.jspecify.annotations.Nullable;

/**
 * One training of one program: 5,000 of the training digits are held out and watched, the test
 * digits are read once, after the last update.
 */
final class TrainingRun {
  /** Digits held out of training. */
  static final int HELD_OUT = 5_000;

  /** Equal for every seed, so that runs are judged on the same held-out digits. */
  private static final long SPLIT_SEED = 0;

  private static final int EVALUATION_BATCH = 500;

  /**
   * What the user asked for.
   *
   * @param epochs passes over the training digits
   * @param batch digits in a step
   * @param rate learning rate at its highest
   * @param seed of everything random
   * @param threads how many may compute
   * @param device name of the backend, or of several that share each batch, with commas
   * @param precision what products and convolutions round their operands to
   * @param data folder of the IDX files; null for those that come with the project
   */
  record Options(
      int epochs,
      int batch,
      double rate,
      long seed,
      int threads,
      String device,
      Precision precision,
      @Nullable Path data) {
    /** Returns the devices that compute. */
    List<Backend> backends() {
      return Arrays.stream(device.split(",", -1))
          .map(Backends::get)
          .map(b -> precision == Precision.FLOAT32 ? b : b.with(precision))
          .toList();
    }
  }

  /**
   * What the first steps came to.
   *
   * @param model name of the program
   * @param options what was asked for
   * @param losses of the steps
   */
  record Steps(String model, Options options, List<Double> losses) {
    /** Returns the result as one JSON object on one line. */
    String json() {
      return String.format(
          Locale.ROOT,
          "{\"model\": %s, \"device\": %s, \"batch\": %d, \"seed\": %d, \"losses\": %s}",
          Json.text(model),
          Json.text(options.device()),
          options.batch(),
          options.seed(),
          losses);
    }
  }

  /**
   * What came out.
   *
   * @param model name of the program
   * @param dataset name of the data
   * @param options what was asked for
   * @param trainSeconds from the first batch to the last update
   * @param testLoss mean loss on the test digits
   * @param testAccuracy share of test digits named rightly; NaN for a model that names none
   * @param parameters number of parameters
   * @param history epoch by epoch
   * @param confusion of the test digits, or null
   * @param predicted the class given to each test digit, or null
   */
  @SuppressWarnings("ArrayRecordComponent") // a column of results, made for reading
  record Result(
      String model,
      String dataset,
      Options options,
      double trainSeconds,
      double testLoss,
      double testAccuracy,
      long parameters,
      History history,
      @Nullable ConfusionMatrix confusion,
      int @Nullable [] predicted) {
    /** Returns the result as one JSON object on one line. */
    String json() {
      return String.format(
          Locale.ROOT,
          "{\"model\": %s, \"dataset\": %s, \"epochs\": %d, \"seed\": %d, \"threads\": %d,"
              + " \"precision\": %s, \"train_seconds\": %.3f, \"test_accuracy\": %s, \"test_loss\":"
              + " %.6f, \"parameters\": %d}",
          Json.text(model),
          Json.text(dataset),
          options.epochs(),
          options.seed(),
          options.threads(),
          Json.text(options.precision().label()),
          trainSeconds,
          Double.isNaN(testAccuracy) ? "null" : String.format(Locale.ROOT, "%.4f", testAccuracy),
          testLoss,
          parameters);
    }
  }

  private final Program program;
  private final Options options;
  private final Backend backend;
  private final Mnist digits;
  private final Layer model;
  private final Setup setup;
  private final RecordableTask task;
  private @Nullable DataParallel parallel;

  /** Reads the data and builds the model; nothing is trained yet. */
  TrainingRun(Program program, Options options) {
    this.program = program;
    this.options = options;
    List<Backend> devices = options.backends();
    this.backend = devices.getFirst();
    Parallel.setThreads(options.threads());
    Path folder = options.data();
    Mnist raw =
        folder == null ? Mnist.fromResources(TrainingRun.class, "mnist") : Mnist.fromFolder(folder);
    this.digits = program.view().apply(raw);
    this.setup = setup(backend);
    this.model = program.model().apply(setup);
    this.task = task(model);
    if (devices.size() > 1) {
      List<RecordableTask> tasks = new ArrayList<>(List.of(task));
      for (Backend other : devices.subList(1, devices.size())) {
        tasks.add(task(program.model().apply(setup(other))));
      }
      parallel = new DataParallel(tasks);
    }
  }

  private RecordableTask task(Layer network) {
    return switch (program.kind()) {
      case CLASSIFIER -> new Classification(network);
      case AUTOENCODER -> new Reconstruction(network);
    };
  }

  private Setup setup(Device device) {
    return Setup.of(device, DType.F32, options.seed()).weights(program.weights());
  }

  Program program() {
    return program;
  }

  Backend backend() {
    return backend;
  }

  Layer model() {
    return model;
  }

  /** The test digits in the form that the model takes. */
  Images test() {
    return digits.test();
  }

  /** The extents of a batch of one sample. */
  int[] inputShape() {
    return digits.test().shape().insert(0, 1).toArray();
  }

  /** Trains, then judges on the test digits. */
  Result train(TrainingListener... listeners) {
    return train(null, listeners);
  }

  /**
   * Goes on with a training that was saved, or begins one; then judges on the test digits.
   *
   * @param state what a training with the same options has saved, or null
   */
  Result train(@Nullable Path state, TrainingListener... listeners) {
    Split split = split();
    Trainer trainer = trainer(split);
    for (TrainingListener listener : listeners) {
      trainer.listener(listener);
    }
    if (split.heldOut().size() > 0) {
      trainer.heldOut(evaluation(split.heldOut()));
    }
    if (state != null) {
      trainer.resume(state);
    }
    return judge(trainer.run());
  }

  /**
   * Makes the first steps of the training, and evaluates nothing.
   *
   * @param count how many, if the epochs have as many
   */
  Steps steps(int count, TrainingListener... listeners) {
    Trainer trainer = trainer(split());
    List<Double> losses = new ArrayList<>();
    for (TrainingListener listener : listeners) {
      trainer.listener(listener);
    }
    trainer.listener(
        new TrainingListener() {
          @Override
          public void onBatch(Progress p) {
            losses.add(p.batchLoss());
            if (losses.size() == count) {
              trainer.stop("enough steps");
            }
          }
        });
    trainer.run();
    return new Steps(program.name(), options, losses);
  }

  private Split split() {
    int heldOut = Math.min(HELD_OUT, digits.train().size() / 10);
    return Split.random(digits.train(), heldOut, SPLIT_SEED, backend);
  }

  private Trainer trainer(Split split) {
    DataLoader loader =
        new DataLoader(split.train(), options.batch(), backend, DType.F32).shuffle(setup.fork());
    Function<Images, Augmentation> augmentation = program.augmentation();
    if (augmentation != null) {
      RandomStream draws = setup.fork();
      loader.augment(augmentation.apply(digits.train()), draws);
    }
    Optimizer optimizer = program.optimizer().apply(model, options.rate());
    Trainer trainer =
        new Trainer(task, optimizer, loader, options.epochs()).schedule(program.schedule());
    return parallel == null ? trainer : trainer.parallel(parallel);
  }

  private DataLoader evaluation(Dataset data) {
    return new DataLoader(data, EVALUATION_BATCH, backend, DType.F32);
  }

  private Result judge(History history) {
    DataLoader test = evaluation(digits.test());
    double loss;
    double accuracy = Double.NaN;
    ConfusionMatrix confusion = null;
    int[] predicted = null;
    if (task instanceof Classification c) {
      Classification.Report report = c.report(test);
      loss = report.loss();
      accuracy = report.accuracy();
      confusion = report.confusion();
      predicted = report.predicted();
    } else {
      Metrics metrics = Trainer.evaluate(task, test);
      loss = metrics.loss();
    }
    Path folder = options.data();
    return new Result(
        program.name(),
        folder == null ? "mnist" : String.valueOf(folder.getFileName()),
        options,
        history.trainSeconds(),
        loss,
        accuracy,
        model.parameterCount(),
        history,
        confusion,
        predicted);
  }
}
