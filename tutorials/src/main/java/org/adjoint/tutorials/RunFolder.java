package org.adjoint.tutorials;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.adjoint.autograd.Graph;
import org.adjoint.autograd.Variable;
import org.adjoint.layers.data.Images;
import org.adjoint.layers.io.Checkpoint;
import org.adjoint.layers.metrics.ConfusionMatrix;
import org.adjoint.layers.train.EpochResult;
import org.adjoint.layers.train.History;
import org.adjoint.tensor.Tensor;

/** The folder that a run leaves behind. */
final class RunFolder {
  /** The checkpoint's name in the folder. */
  static final String CHECKPOINT = "model.safetensors";

  private static final DateTimeFormatter STAMP = DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss");
  private static final int SHOWN = 100;
  private static final int COLUMNS = 10;

  private final Path path;

  private RunFolder(Path path) {
    this.path = path;
  }

  /**
   * Returns a folder, made if there is none, in which files can be created.
   *
   * @throws IOException if it cannot be made or written
   */
  static RunFolder at(Path path) throws IOException {
    Files.createDirectories(path);
    Files.delete(Files.createTempFile(path, "probe", null));
    return new RunFolder(path);
  }

  /** Returns a new folder under {@code runs} named after the program and the time. */
  static RunFolder dated(String program) throws IOException {
    Path runs = Files.createDirectories(Path.of("runs"));
    String name = program + "-" + LocalDateTime.now(ZoneId.systemDefault()).format(STAMP);
    for (int number = 1; ; number++) {
      try {
        Path own = runs.resolve(number == 1 ? name : name + "-" + number);
        return at(Files.createDirectory(own));
      } catch (FileAlreadyExistsException e) {
        // Another run began in the same second; the next number may be free.
      }
    }
  }

  Path path() {
    return path;
  }

  /** Writes metrics, checkpoint and pictures. */
  void write(TrainingRun run, TrainingRun.Result result, PrintWriter out) throws IOException {
    History history = result.history();
    Files.writeString(path.resolve("metrics.csv"), history.csv());
    Files.writeString(path.resolve("metrics.json"), history.json());
    Files.writeString(path.resolve("result.json"), result.json() + "\n");
    Checkpoint.save(
        path.resolve(CHECKPOINT),
        run.model(),
        Map.of(
            "model", result.model(),
            "seed", Long.toString(result.options().seed()),
            "epochs", Integer.toString(result.options().epochs())));
    if (!CommandOutput.canDraw()) {
      out.println("pictures left out: this Java runtime has no java.desktop, which draws");
      return;
    }
    try {
      pictures(run, result);
    } catch (LinkageError | InternalError | RuntimeException e) {
      // A machine without fonts cannot draw; that must not cost the training.
      out.println(
          "pictures left out: " + e + " (install fontconfig and a font, such as fonts-dejavu)");
    }
  }

  private void pictures(TrainingRun run, TrainingRun.Result result) throws IOException {
    List<EpochResult> epochs = result.history().epochs();
    String name = result.model();
    curves(
        "loss.png",
        name + ": loss",
        "loss",
        epochs,
        epochs.stream().map(EpochResult::trainLoss).toList(),
        epochs.stream().map(EpochResult::heldOutLoss).toList());
    ConfusionMatrix confusion = result.confusion();
    int[] predicted = result.predicted();
    if (confusion != null && predicted != null) {
      curves(
          "accuracy.png",
          name + ": accuracy in %",
          "accuracy in %",
          epochs,
          epochs.stream().map(e -> 100 * e.trainAccuracy()).toList(),
          epochs.stream().map(e -> 100 * e.heldOutAccuracy()).toList());
      Pictures.confusion(
          path.resolve("confusion.png"),
          String.format(
              Locale.ROOT,
              "%s: %.2f %% of %d test digits",
              name,
              100 * confusion.accuracy(),
              confusion.total()),
          counts(confusion));
      misclassified(run, predicted);
    } else {
      reconstructions(run);
    }
  }

  private void curves(
      String file,
      String title,
      String axis,
      List<EpochResult> epochs,
      List<Double> train,
      List<Double> heldOut)
      throws IOException {
    Map<String, List<Double>> series = new LinkedHashMap<>();
    series.put("training", train);
    if (heldOut.stream().noneMatch(v -> v.isNaN())) {
      series.put("held out", heldOut);
    }
    Pictures.curves(
        path.resolve(file),
        title,
        axis,
        epochs.stream().map(e -> (double) e.epoch()).toList(),
        series);
  }

  private static int[][] counts(ConfusionMatrix confusion) {
    int n = confusion.classes();
    int[][] counts = new int[n][n];
    for (int a = 0; a < n; a++) {
      for (int p = 0; p < n; p++) {
        counts[a][p] = (int) confusion.count(a, p);
      }
    }
    return counts;
  }

  private void misclassified(TrainingRun run, int[] predicted) throws IOException {
    Images test = run.test();
    List<float[]> digits = new ArrayList<>();
    List<String> captions = new ArrayList<>();
    int wrong = 0;
    for (int i = 0; i < test.size(); i++) {
      if (predicted[i] != test.label(i)) {
        wrong++;
        if (digits.size() < SHOWN) {
          digits.add(ink(test, i));
          captions.add(test.label(i) + " taken for " + predicted[i]);
        }
      }
    }
    Pictures.sheet(
        path.resolve("misclassified.png"),
        wrong
            + " of "
            + test.size()
            + " test digits misread"
            + (wrong > SHOWN ? ", the first " + SHOWN + " of them" : ""),
        digits,
        captions,
        COLUMNS);
  }

  /** The pixels of a digit from 0 (background) to 1, whatever the scaling of the data set. */
  private static float[] ink(Images images, int index) {
    float[] values = new float[images.shape().size()];
    images.read(index, values, 0);
    float low = images.background();
    float high = images.foreground();
    for (int i = 0; i < values.length; i++) {
      values[i] = (values[i] - low) / (high - low);
    }
    return values;
  }

  private void reconstructions(TrainingRun run) throws IOException {
    Images test = run.test();
    int shown = Math.min(test.size(), 3 * COLUMNS);
    int length = test.shape().size();
    float[] input = new float[shown * length];
    for (int i = 0; i < shown; i++) {
      test.read(i, input, i * length);
    }
    float[] output;
    try (Graph.NoGrad _ = Graph.noGrad()) {
      Tensor batch = Tensor.of(run.backend(), input, shown, length);
      output = run.model().forward(Variable.of(batch)).sigmoid().value().toFloatArray();
    }
    List<float[]> digits = new ArrayList<>();
    List<String> captions = new ArrayList<>();
    for (int from = 0; from < shown; from += COLUMNS) {
      int to = Math.min(shown, from + COLUMNS);
      for (int half = 0; half < 2; half++) {
        for (int i = from; i < to; i++) {
          float[] source = half == 0 ? input : output;
          digits.add(Arrays.copyOfRange(source, i * length, (i + 1) * length));
          captions.add(half == 0 ? "digit" : "from 32 numbers");
        }
      }
    }
    Pictures.sheet(
        path.resolve("reconstructions.png"),
        "Test digits, and what the autoencoder makes of their codes",
        digits,
        captions,
        COLUMNS);
  }
}
