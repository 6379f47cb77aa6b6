package org.adjoint.tutorials;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.zip.CRC32;
import javax.imageio.ImageIO;
import org.adjoint.kernels.Precision;
import org.adjoint.layers.train.Progress;
import org.adjoint.layers.train.Trainer;
import org.adjoint.layers.train.TrainingListener;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What {@code adjoint train} and {@code predict} leave behind, and what they refuse. */
final class TrainCommandTest {
  @TempDir static Path shared;
  @TempDir Path folder;

  private static Path data = Path.of("");

  @BeforeAll
  static void writeDigits() throws IOException {
    data = TinyDigits.write(shared.resolve("digits"));
  }

  private CommandLineRun train(String model, String out, String... more) {
    List<String> args =
        new ArrayList<>(
            List.of("train", model, "--data", data.toString(), "--batch", "16", "--out"));
    args.add(folder.resolve(out).toString());
    args.addAll(List.of(more));
    return CommandLineRun.of(args.toArray(String[]::new));
  }

  /** Stopped in the middle of an epoch, resumed by the command: the bits of a run in one piece. */
  @Test
  void aTrainingThatWasStoppedGoesOn() throws IOException {
    assertEquals(0, train("mlp", "whole", "--epochs", "2", "--threads", "1").status());
    Path state = folder.resolve("state");
    Program mlp = Programs.find("mlp");
    new TrainingRun(
            mlp, new TrainingRun.Options(2, 16, mlp.rate(), 1, 1, "cpu", Precision.FLOAT32, data))
        .train(
            new TrainingListener() {
              private @Nullable Trainer trainer;

              @Override
              public void onAttach(Trainer to) {
                trainer = to;
              }

              @Override
              public void onBatch(Progress p) {
                if (p.step() == p.batches() + 5) {
                  trainer.save(state);
                  trainer.stop("enough");
                }
              }
            });
    CommandLineRun rest =
        train("mlp", "rest", "--epochs", "2", "--threads", "1", "--resume", state.toString());
    assertEquals(0, rest.status(), rest.err());
    assertEquals(
        -1,
        Files.mismatch(
            folder.resolve("whole").resolve("model.safetensors"),
            folder.resolve("rest").resolve("model.safetensors")));
    CommandLineRun other =
        train("mlp", "other", "--epochs", "2", "--seed", "9", "--resume", state.toString());
    assertEquals(1, other.status());
    assertTrue(other.err().contains("seed"), other.err());
  }

  @ParameterizedTest
  @ValueSource(strings = {"mlp", "lenet5", "autoencoder"})
  void aRunLeavesItsFolder(String model) throws IOException {
    Path json = folder.resolve("result.json");
    CommandLineRun run = train(model, "run", "--epochs", "2", "--json", json.toString());
    assertEquals(0, run.status(), run.err());
    String result = Files.readString(json);
    for (String key :
        List.of(
            "model",
            "dataset",
            "epochs",
            "seed",
            "threads",
            "train_seconds",
            "test_accuracy",
            "test_loss",
            "parameters")) {
      assertTrue(result.contains("\"" + key + "\": "), result);
    }
    Path out = folder.resolve("run");
    boolean names = !model.equals("autoencoder");
    for (String file :
        names
            ? List.of("loss.png", "accuracy.png", "confusion.png", "misclassified.png")
            : List.of("loss.png", "reconstructions.png")) {
      assertTrue(ImageIO.read(out.resolve(file).toFile()).getWidth() > 100, file);
    }
    assertEquals(3, Files.readAllLines(out.resolve("metrics.csv")).size());
    assertTrue(Files.readString(out.resolve("metrics.json")).contains("held_out_loss"));
    assertTrue(Files.size(out.resolve("model.safetensors")) > 100_000);
    if (model.equals("mlp")) {
      assertTrue(result.contains("\"test_accuracy\": 1.0000"), result);
    }
  }

  @Test
  void theCheckpointIsTheSameAtOneAndTwoThreads() throws IOException {
    assertEquals(0, train("lenet5", "one", "--epochs", "1", "--threads", "1").status());
    assertEquals(0, train("lenet5", "two", "--epochs", "1", "--threads", "2").status());
    assertArrayEquals(
        Files.readAllBytes(folder.resolve("one/model.safetensors")),
        Files.readAllBytes(folder.resolve("two/model.safetensors")));
  }

  @Test
  void predictNamesADigit() throws IOException {
    assertEquals(0, train("mlp", "run", "--epochs", "3").status());
    BufferedImage image = new BufferedImage(28, 28, BufferedImage.TYPE_INT_RGB);
    for (int x = 0; x < 28; x++) {
      image.setRGB(x, 10, 0xFFFFFF);
      image.setRGB(x, 11, 0xFFFFFF);
    }
    Path png = folder.resolve("three.png");
    ImageIO.write(image, "png", png.toFile());
    String checkpoint = folder.resolve("run/model.safetensors").toString();
    CommandLineRun run = CommandLineRun.of("predict", checkpoint, png.toString());
    assertEquals(0, run.status(), run.err());
    assertTrue(run.out().startsWith("3 "), run.out());
    refused(1, "no such file", "predict", checkpoint, folder.resolve("none.png").toString());
    Path text = Files.writeString(folder.resolve("text.png"), "no picture");
    refused(1, "not a picture", "predict", checkpoint, text.toString());
    refused(1, "name the picture itself", "predict", checkpoint, folder.toString());
    refused(1, "at most", "predict", checkpoint, announcing(60_000, 60_000).toString());
    Path noise = folder.resolve("noise.png");
    Files.write(noise, noisePng());
    assertEquals(0, CommandLineRun.of("predict", checkpoint, noise.toString()).status());
    Files.write(noise, Arrays.copyOf(noisePng(), 1_000));
    refused(1, "noise.png: the picture is damaged", "predict", checkpoint, noise.toString());
    assertEquals(0, train("autoencoder", "auto", "--epochs", "1").status());
    String auto = folder.resolve("auto/model.safetensors").toString();
    refused(1, "names no digits", "predict", auto, png.toString());
    refused(1, "none.safetensors", "predict", folder + "/none.safetensors", png.toString());
    refused(1, "text.png", "predict", text.toString(), png.toString());
  }

  /** A picture of 100 × 100 pixels that PNG cannot shorten. */
  private static byte[] noisePng() throws IOException {
    Random random = new Random(1);
    BufferedImage image = new BufferedImage(100, 100, BufferedImage.TYPE_INT_RGB);
    for (int i = 0; i < 10_000; i++) {
      image.setRGB(i % 100, i / 100, random.nextInt());
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ImageIO.write(image, "png", out);
    return out.toByteArray();
  }

  /** A PNG whose header announces such a size, over the pixels of a smaller picture. */
  private Path announcing(int width, int height) throws IOException {
    byte[] png = noisePng();
    // 8 bytes of signature, then the IHDR chunk: length, name, width, height, 5 bytes, CRC.
    ByteBuffer.wrap(png).putInt(16, width).putInt(20, height);
    CRC32 crc = new CRC32();
    crc.update(png, 12, 17);
    ByteBuffer.wrap(png).putInt(29, (int) crc.getValue());
    return Files.write(folder.resolve("large.png"), png);
  }

  private static void refused(int status, String message, String... args) {
    CommandLineRun run = CommandLineRun.of(args);
    assertEquals(status, run.status(), run.err());
    assertEquals(1, run.err().strip().lines().count(), "one line: " + run.err());
    assertTrue(run.err().contains(message), run.err());
  }

  @Test
  void wrongUsageIsStatusTwo() {
    refused(2, "unknown model 'lenet6'; known are mlp, lenet5", "train", "lenet6");
    refused(2, "--epochs", "train", "mlp", "--epochs", "0");
    refused(2, "--epochs", "train", "mlp", "--epochs", "many");
    refused(2, "--batch", "train", "mlp", "--batch", "0");
    refused(2, "--lr", "train", "mlp", "--lr", "-1");
    refused(2, "--lr", "train", "mlp", "--lr", "NaN");
    refused(2, "--threads", "train", "mlp", "--threads", "0");
    refused(2, "unknown device 'gpu'", "train", "mlp", "--device", "gpu");
    refused(
        2,
        "unknown precision 'fp8'; known are float32, tf32, bf16",
        "train",
        "mlp",
        "--precision",
        "fp8");
    refused(2, "unknown precision ''", "bench", "--precision", "");
    refused(2, "NAME", "train");
    refused(2, "--what", "train", "mlp", "--what");
    refused(2, "unknown workload 'x'", "bench", "--workload", "x");
    refused(2, "--seconds", "bench", "--seconds", "0");
    refused(2, "unknown device 'gpu'", "bench", "--device", "gpu");
    refused(2, "unknown device 'gpu'", "predict", "a", "b", "--device", "gpu");
    refused(2, "polish", "polish");
  }

  @Test
  void missingTruncatedAndForeignDataAreNamed() throws IOException {
    refused(1, "missing", "train", "mlp", "--data", folder.resolve("nowhere").toString());
    Path empty = Files.createDirectory(folder.resolve("empty"));
    refused(1, TinyDigits.TRAIN_IMAGES, "train", "mlp", "--data", empty.toString());
    Path truncated = TinyDigits.write(folder.resolve("truncated"));
    Path images = truncated.resolve(TinyDigits.TRAIN_IMAGES);
    byte[] all = Files.readAllBytes(images);
    Files.write(images, Arrays.copyOf(all, all.length - 100));
    refused(1, TinyDigits.TRAIN_IMAGES, "train", "mlp", "--data", truncated.toString());
    Path foreign = TinyDigits.write(folder.resolve("foreign"));
    Files.writeString(foreign.resolve(TinyDigits.TEST_LABELS), "<html>not found</html>");
    refused(1, TinyDigits.TEST_LABELS, "train", "mlp", "--data", foreign.toString());
    Path labels = TinyDigits.write(folder.resolve("labels"));
    byte[] wrong = Files.readAllBytes(labels.resolve(TinyDigits.TRAIN_LABELS));
    wrong[20] = 10;
    Files.write(labels.resolve(TinyDigits.TRAIN_LABELS), wrong);
    refused(1, "label of image 12", "train", "mlp", "--data", labels.toString());
  }

  @Test
  void foldersThatCannotBeWrittenAreFoundBeforeTraining() throws IOException {
    Path file = Files.writeString(folder.resolve("file"), "in the way");
    String digits = data.toString();
    refused(1, "file", "train", "mlp", "--data", digits, "--out", file.toString());
    refused(1, "file", "train", "mlp", "--data", digits, "--out", file + "/below");
    refused(1, "nowhere", "bench", "--json", folder.resolve("nowhere/b.json").toString());
    refused(
        1,
        "nowhere",
        "train",
        "mlp",
        "--data",
        digits,
        "--out",
        folder.resolve("out").toString(),
        "--json",
        folder.resolve("nowhere/result.json").toString());
  }

  @Test
  void helpIsEverywhere() {
    for (String command : List.of("list", "train", "predict", "check", "bench", "doctor")) {
      CommandLineRun run = CommandLineRun.of(command, "--help");
      assertEquals(0, run.status());
      assertTrue(run.out().contains("Usage: adjoint " + command), run.out());
    }
    assertTrue(CommandLineRun.of("list").out().contains("lenet5"));
    String doctor = CommandLineRun.of("doctor").out();
    for (String word : List.of("Java", "cores", "memory", "device cpu", "device cuda")) {
      assertTrue(doctor.contains(word), doctor);
    }
  }

  @Test
  void aTrainingMayRoundItsProducts() throws IOException {
    Path json = folder.resolve("mixed.json");
    String[] more = {"--epochs", "1", "--precision", "bf16", "--json", json.toString()};
    assertEquals(0, train("mlp", "mixed", more).status());
    assertTrue(Files.readString(json).contains("\"precision\": \"bf16\""));
    assertEquals(0, train("mlp", "single", "--epochs", "1").status());
    String model = "model.safetensors";
    assertEquals(
        false,
        Arrays.equals(
            Files.readAllBytes(folder.resolve("mixed").resolve(model)),
            Files.readAllBytes(folder.resolve("single").resolve(model))));
  }

  /** The simulator follows the CPU, and two simulated GPUs follow one. */
  @Test
  void theFirstStepsAlone() throws IOException {
    Path json = folder.resolve("steps.json");
    String[] rest = {"--steps", "3", "--json", json.toString()};
    CommandLineRun cpu = train("mlp", "none", rest);
    assertEquals(0, cpu.status(), cpu.err());
    assertTrue(cpu.out().contains("step 3 loss "), cpu.out());
    assertTrue(cpu.out().contains("3 steps on cpu in "), cpu.out());
    assertTrue(Files.notExists(folder.resolve("none")));
    String text = Files.readString(json);
    assertTrue(text.startsWith("{\"model\": \"mlp\", \"device\": \"cpu\", \"batch\": 16,"), text);
    CommandLineRun two = train("mlp", "none", "--steps", "2", "--device", "cpu,cpu");
    assertEquals(0, two.status(), two.err());
    assertEquals(2, train("mlp", "none", "--steps", "0").status());
    assertEquals(2, train("mlp", "none", "--device", "cpu,gpu").status());
  }

  @Test
  void benchPrintsAJsonLineAWorkload() throws IOException {
    Path json = folder.resolve("bench.jsonl");
    CommandLineRun run =
        CommandLineRun.of(
            "bench",
            "--workload",
            "infer_mlp_b1,sgemm",
            "--sizes",
            "16",
            "--seconds",
            "0.1",
            "--json",
            json.toString());
    assertEquals(0, run.status(), run.err());
    List<String> lines = Files.readAllLines(json);
    assertEquals(2, lines.size());
    String start = "{\"workload\": \"infer_mlp_b1\", \"device\": \"cpu\", \"threads\": ";
    assertTrue(lines.get(0).startsWith(start), run.out());
    assertTrue(lines.get(1).contains("\"gflops\": "), run.out());
  }

  @Test
  void picturesOfAnySizeAreBroughtIntoForm() throws IOException {
    // A thick upright bar, dark on white paper, far from the middle.
    BufferedImage paper = new BufferedImage(300, 200, BufferedImage.TYPE_INT_RGB);
    for (int y = 0; y < 200; y++) {
      for (int x = 0; x < 300; x++) {
        boolean bar = x >= 240 && x < 260 && y >= 20 && y < 120;
        paper.setRGB(x, y, bar ? 0x101010 : 0xF0F0F0);
      }
    }
    Path png = folder.resolve("bar.png");
    ImageIO.write(paper, "png", png.toFile());
    float[] ink = DigitImage.read(png);
    assertEquals(784, ink.length);
    assertTrue(ink[14 * 28 + 14] > 0.8f, "the bar stands in the middle");
    assertTrue(ink[14 * 28 + 4] < 0.1f && ink[14] < 0.2f, "with background round it");
    for (int side : new int[] {1, 28, 40}) {
      BufferedImage blank = new BufferedImage(side, side, BufferedImage.TYPE_INT_RGB);
      Path empty = folder.resolve("blank.png");
      ImageIO.write(blank, "png", empty.toFile());
      IOException e = assertThrows(IOException.class, () -> DigitImage.read(empty));
      assertTrue(String.valueOf(e.getMessage()).contains("blank"));
    }
  }

  @Test
  void everyEpochIsALineWithOrWithoutTheBar() {
    TrainingRun.Options options =
        new TrainingRun.Options(2, 16, 0.01, 1, 1, "cpu", Precision.FLOAT32, data);
    for (boolean terminal : new boolean[] {true, false}) {
      StringWriter lines = new StringWriter();
      new TrainingRun(Program.MLP, options)
          .train(new ProgressDisplay(new PrintWriter(lines), terminal));
      List<String> epochs = lines.toString().lines().toList();
      assertEquals(2, epochs.size(), lines.toString());
      assertTrue(
          epochs.get(0).matches("epoch +1/2 +loss .* accuracy .* samples/s .* s left"),
          epochs.get(0));
    }
  }
}
