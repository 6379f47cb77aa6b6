package org.adjoint.autograd.check;

import java.io.IOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * Writes the cases that PyTorch is asked about, one JSON object a line, as record.py
 * (src/test/python) reads them. The argument is the file.
 */
public final class RecordingCases {
  private RecordingCases() {}

  /** Writes the file. */
  public static void main(String[] arguments) throws IOException {
    Path file = Path.of(arguments[0]);
    List<OpCase> cases = Catalogue.load().recorded();
    try (Writer out = Files.newBufferedWriter(file)) {
      for (OpCase c : cases) {
        out.write(line(c));
        out.write('\n');
      }
    }
    System.out.println(cases.size() + " cases in " + file);
  }

  static String line(OpCase c) {
    StringBuilder inputs = new StringBuilder();
    StringBuilder grad = new StringBuilder();
    StringBuilder attributes = new StringBuilder();
    for (Map.Entry<String, Object> e : c.settings().entrySet()) {
      attributes
          .append(attributes.isEmpty() ? "" : ", ")
          .append('"')
          .append(e.getKey())
          .append("\": ")
          .append(e.getValue() instanceof int[] list ? integers(list) : e.getValue().toString());
    }
    for (int i = 0; i < c.inputs().size(); i++) {
      Input input = c.inputs().get(i);
      String tensor =
          "{\"shape\": "
              + integers(input.shape().toArray())
              + ", \"dtype\": \""
              + (input.integer() ? "i32" : "f64")
              + "\", \"values\": "
              + numbers(c.values(i))
              + "}";
      if (input.role() == Input.Role.SETTING) {
        attributes
            .append(attributes.isEmpty() ? "" : ", ")
            .append('"')
            .append(input.name())
            .append("\": ")
            .append(tensor);
      } else {
        inputs.append(inputs.isEmpty() ? "" : ", ").append(tensor);
        grad.append(grad.isEmpty() ? "" : ", ").append(input.role() == Input.Role.DIFFERENTIABLE);
      }
    }
    return "{\"id\": \""
        + c.id()
        + "\", \"op\": \""
        + pythonName(c.op())
        + "\", \"attributes\": {"
        + attributes
        + "}, \"inputs\": ["
        + inputs
        + "], \"grad\": ["
        + grad
        + "]}";
  }

  /** The script tells the two kinds of max and min apart by their operands. */
  private static String pythonName(String op) {
    return op.equals("maximum") ? "max" : op.equals("minimum") ? "min" : op;
  }

  private static String integers(int[] list) {
    return java.util.Arrays.toString(list);
  }

  private static String numbers(double[] list) {
    return java.util.Arrays.toString(list);
  }
}
