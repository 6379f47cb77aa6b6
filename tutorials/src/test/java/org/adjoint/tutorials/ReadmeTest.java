package org.adjoint.tutorials;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.PrintStream;
import java.io.StringWriter;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.adjoint.autograd.Variable;
import org.adjoint.kernels.Backends;
import org.adjoint.layers.Inference;
import org.adjoint.layers.Sequential;
import org.adjoint.layers.Setup;
import org.adjoint.layers.data.Images;
import org.adjoint.layers.io.Checkpoint;
import org.adjoint.layers.models.Models;
import org.adjoint.layers.train.History;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Device;
import org.adjoint.tensor.Shape;
import org.adjoint.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The Java samples of README.md are compiled and run as they stand there. */
final class ReadmeTest {
  private static final int POINTS = 200;

  @TempDir Path folder;

  static String sample(String section) throws Exception {
    Path at = Path.of("").toAbsolutePath();
    while (!Files.exists(at.resolve("README.md"))) {
      at = at.getParent();
      assertNotNull(at, "README.md is in no folder above");
    }
    String text = Files.readString(at.resolve("README.md"));
    int heading = text.indexOf("\n## " + section + "\n");
    assertTrue(heading >= 0, section);
    int from = text.indexOf("```java\n", heading) + "```java\n".length();
    return text.substring(from, text.indexOf("```", from));
  }

  private static String classPath() throws Exception {
    StringBuilder path = new StringBuilder();
    for (Class<?> c : List.of(Tensor.class, Backends.class, Variable.class, Sequential.class)) {
      path.append(Path.of(c.getProtectionDomain().getCodeSource().getLocation().toURI()))
          .append(File.pathSeparator);
    }
    return path.toString();
  }

  /** Compiles a sample as the body of a method and calls it. */
  private Object run(String head, String code, Object... arguments) throws Exception {
    String source =
        """
        import com.sun.net.httpserver.HttpServer;
        import java.net.InetSocketAddress;
        import java.nio.charset.StandardCharsets;
        import java.nio.file.*;
        import java.time.Duration;
        import java.util.*;
        import java.util.concurrent.Executors;
        import org.adjoint.autograd.*;
        import org.adjoint.autograd.capture.*;
        import org.adjoint.autograd.ops.*;
        import org.adjoint.autograd.view.*;
        import org.adjoint.kernels.*;
        import org.adjoint.layers.*;
        import org.adjoint.layers.data.*;
        import org.adjoint.layers.io.*;
        import org.adjoint.layers.loss.*;
        import org.adjoint.layers.models.*;
        import org.adjoint.layers.optim.*;
        import org.adjoint.layers.train.*;
        import org.adjoint.tensor.*;

        public class Sample {
          public static %s {
            %s
          }
        }
        """
            .formatted(head, code);
    Path file = Files.writeString(folder.resolve("Sample.java"), source);
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    StringWriter messages = new StringWriter();
    try (StandardJavaFileManager files =
        compiler.getStandardFileManager(null, null, StandardCharsets.UTF_8)) {
      List<String> options = List.of("-proc:none", "-cp", classPath(), "-d", folder.toString());
      boolean compiled =
          compiler
              .getTask(messages, files, null, options, null, files.getJavaFileObjects(file))
              .call();
      assertTrue(compiled, messages.toString());
    }
    URL[] urls = {folder.toUri().toURL()};
    try (URLClassLoader loader = new URLClassLoader(urls, ReadmeTest.class.getClassLoader())) {
      for (var method : loader.loadClass("Sample").getMethods()) {
        if (method.getName().equals("run")) {
          return method.invoke(null, arguments);
        }
      }
    }
    throw new AssertionError("no method");
  }

  @Test
  void inYourOwnProgram() throws Exception {
    Device device = Backends.fastest();
    SplittableRandom random = new SplittableRandom(1);
    float[] points = new float[2 * POINTS];
    int[] inside = new int[POINTS];
    for (int i = 0; i < POINTS; i++) {
      double x = random.nextDouble(-1, 1);
      double y = random.nextDouble(-1, 1);
      points[2 * i] = (float) x;
      points[2 * i + 1] = (float) y;
      inside[i] = x * x + y * y < 0.5 ? 1 : 0;
    }
    String saved = "\"model.safetensors\"";
    String code = sample("In your own program");
    assertTrue(code.contains(saved), code);
    Path checkpoint = folder.resolve("model.safetensors");
    String there = '"' + checkpoint.toString().replace("\\", "\\\\") + '"';
    float[] logits =
        (float[])
            run(
                "float[] run(Tensor x, Tensor labels) throws Exception",
                code.replace(saved, there) + "return logits;",
                Tensor.of(device, points, POINTS, 2),
                Tensor.of(device, inside, POINTS));
    int right = 0;
    for (int i = 0; i < POINTS; i++) {
      right += (logits[2 * i + 1] > logits[2 * i] ? 1 : 0) == inside[i] ? 1 : 0;
    }
    assertTrue(right > 0.95 * POINTS, right + " of " + POINTS + " points are told right");
    assertTrue(Files.size(checkpoint) > 0);
  }

  @Test
  void layers() throws Exception {
    Device device = Backends.fastest();
    String use =
        """
        Reader reader = new Reader(Setup.of(x.device(), DType.F32, 42), 3, 5);
        return reader.forward(Variable.of(x), lengths).value();
        """;
    Tensor y =
        (Tensor)
            run(
                "Tensor run(Tensor x, Tensor lengths)",
                sample("Layers") + use,
                Tensor.zeros(device, DType.F32, 2, 4, 3),
                Tensor.of(device, new int[] {4, 1}, 2));
    assertEquals(Shape.of(2, 5), y.shape());
  }

  @Test
  void recordOnceReplay() throws Exception {
    Device device = Backends.fastest();
    String before =
        """
        Device device = Backends.fastest();
        Setup setup = Setup.of(device, DType.F32, 42);
        Sequential model = new Sequential(new Linear(setup, 2, 2));
        Adam optimizer = new Adam(model, 0.1);
        CrossEntropy loss = new CrossEntropy();
        """;
    Tensor x = Tensor.of(device, new float[] {1, -1, -1, 1, 2, -1}, 3, 2);
    Tensor labels = Tensor.of(device, new int[] {0, 1, 0}, 3);
    String code = before + sample("Record once, replay") + "return y;";
    Tensor y = (Tensor) run("Tensor run(Tensor x, Tensor labels)", code, x, labels);
    assertTrue(y.get(0, 0) > y.get(0, 1), y.toString());
  }

  @Test
  void trainWithEverythingAroundIt() throws Exception {
    Device device = Backends.fastest();
    SplittableRandom random = new SplittableRandom(3);
    byte[] pixels = new byte[500 * 36];
    byte[] labels = new byte[500];
    for (int i = 0; i < 500; i++) {
      labels[i] = (byte) (i % 3);
      for (int p = 0; p < 36; p++) {
        pixels[36 * i + p] = (byte) ((p / 6 == 1 + labels[i] ? 150 : 20) + random.nextInt(80));
      }
    }
    Images digits = Images.of(pixels, labels, 6, 6, 3).flattened();
    PrintStream before = System.out;
    System.setOut(new PrintStream(new ByteArrayOutputStream(), true, StandardCharsets.UTF_8));
    History history;
    try {
      history =
          (History)
              run(
                  "History run(Device device, Images digits, Layer model, Path runs)",
                  sample("Train with everything around it") + "return history;",
                  device,
                  digits,
                  Models.perceptron(Setup.of(device, DType.F32, 5), 36, 16, 3),
                  folder);
    } finally {
      System.setOut(before);
    }
    assertTrue(history.epochs().getLast().heldOutAccuracy() > 0.95, history.csv());
    assertTrue(Files.exists(folder.resolve("best.safetensors")));
  }

  @Test
  void serve() throws Exception {
    Device device = Backends.fastest();
    Sequential model = Models.lenet5(Setup.of(device, DType.F32, 5));
    Path checkpoint = folder.resolve("model.safetensors");
    Checkpoint.save(checkpoint, model, Map.of());
    String code =
        sample("Serve")
            .replace(
                "\"model.safetensors\"", '"' + checkpoint.toString().replace("\\", "\\\\") + '"')
            .replace("8080", "0");
    HttpServer server =
        (HttpServer) run("HttpServer run() throws Exception", code + "return server;");
    Inference digits = model.freeze();
    URI uri = URI.create("http://localhost:" + server.getAddress().getPort() + "/digit");
    try (HttpClient client = HttpClient.newHttpClient();
        ExecutorService pool = Executors.newFixedThreadPool(8)) {
      List<Future<?>> all = new ArrayList<>();
      for (int k = 0; k < 40; k++) {
        byte[] pixels = new byte[28 * 28];
        float[] x = new float[28 * 28];
        for (int i = 0; i < x.length; i++) {
          pixels[i] = (byte) (k * i);
          x[i] = ((pixels[i] & 0xFF) / 255f - 0.1307f) / 0.3081f;
        }
        String expected =
            Arrays.toString(digits.apply(Tensor.of(device, x, 1, 1, 28, 28)).toFloatArray());
        HttpRequest request =
            HttpRequest.newBuilder(uri).POST(BodyPublishers.ofByteArray(pixels)).build();
        all.add(
            pool.submit(
                () -> {
                  assertEquals(expected, client.send(request, BodyHandlers.ofString()).body());
                  return null;
                }));
      }
      for (Future<?> done : all) {
        done.get();
      }
    } finally {
      server.stop(0);
      ((ExecutorService) server.getExecutor()).shutdownNow();
    }
  }

  @Test
  void seeAGradient() throws Exception {
    PrintStream before = System.out;
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
    try {
      run("void run(Device device)", sample("See a gradient"), Backends.fastest());
    } finally {
      System.setOut(before);
    }
    List<String> lines = printed.toString(StandardCharsets.UTF_8).lines().toList();
    assertEquals("%0 = parameter [2] = [2.000, 3.000]", lines.get(0));
    assertEquals("%1 = mul(%0, %0) [2] = [4.000, 9.000]", lines.get(1));
    assertEquals("%2 = sum(%1) [] = 13.00", lines.get(2));
    assertEquals("[4. 6.]", lines.getLast());
  }
}
