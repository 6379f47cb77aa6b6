package org.adjoint.tutorials;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.adjoint.kernels.ptx.PtxLine;
import org.adjoint.kernels.ptx.PtxSource;

/** The hand-written GPU kernels as texts: which there are, and the lines of each. */
final class PtxTexts {
  /**
   * The files with kernels, in the order of the alphabet; those that are only included left out.
   */
  static final List<String> FILES =
      List.of(
          "attention.ptx",
          "binary.ptx",
          "binary_gradients.ptx",
          "convolutions.ptx",
          "ctc.ptx",
          "elementwise.ptx",
          "indexing.ptx",
          "map.ptx",
          "matmul.ptx",
          "matmul_ahead.ptx",
          "matmul_bulk.ptx",
          "matmul_hopper.ptx",
          "matmul_pack.ptx",
          "matmul_stages.ptx",
          "matmul_tensor.ptx",
          "matmul_warp.ptx",
          "norms.ptx",
          "pooling.ptx",
          "random.ptx",
          "recurrent.ptx",
          "reductions.ptx",
          "row_norms.ptx",
          "softmax.ptx",
          "unary.ptx",
          "unary_gradients.ptx",
          "updates.ptx");

  private static final Pattern ENTRY = Pattern.compile("\\.visible \\.entry (\\w+).*");

  /**
   * A kernel.
   *
   * @param name its name
   * @param file where it stands
   * @param summary the first line of the comment above it, or nothing
   */
  record Kernel(String name, String file, String summary) {}

  /**
   * A line of a text, and where it stands.
   *
   * @param at the file and the line
   * @param text the line
   */
  record Line(PtxLine at, String text) {}

  private PtxTexts() {}

  /** Returns all kernels by name, file by file, in the order of the texts. */
  static Map<String, Kernel> kernels() {
    Map<String, Kernel> kernels = new LinkedHashMap<>();
    for (String file : FILES) {
      List<Line> lines = plain(file);
      for (int i = 0; i < lines.size(); i++) {
        Matcher m = ENTRY.matcher(lines.get(i).text());
        if (m.matches()) {
          String first = lines.get(start(lines, i)).text();
          String summary = first.startsWith("// ") ? first.substring(3) : "";
          kernels.put(m.group(1), new Kernel(m.group(1), file, summary));
        }
      }
    }
    return kernels;
  }

  /** Returns the lines of a file as it stands. */
  private static List<Line> plain(String file) {
    List<Line> lines = new ArrayList<>();
    for (String text : PtxSource.file(file).split("\r?\n", -1)) {
      lines.add(new Line(new PtxLine(file, lines.size() + 1), text));
    }
    return lines;
  }

  /**
   * Returns the lines of a kernel, from the comment above it to its closing brace.
   *
   * @param kernel which
   * @param expand whether includes are replaced by what they name
   */
  static List<Line> lines(Kernel kernel, boolean expand) {
    List<Line> lines = expand ? expanded(kernel.file()) : plain(kernel.file());
    for (int i = 0; i < lines.size(); i++) {
      Matcher m = ENTRY.matcher(lines.get(i).text());
      if (m.matches() && m.group(1).equals(kernel.name())) {
        int end = i;
        while (!lines.get(end).text().equals("}")) {
          end++;
        }
        return lines.subList(start(lines, i), end + 1);
      }
    }
    throw new IllegalArgumentException(kernel.file() + " has no " + kernel.name());
  }

  private static List<Line> expanded(String file) {
    PtxSource source = PtxSource.load(file);
    List<Line> lines = new ArrayList<>();
    for (String text : source.text().split("\n", -1)) {
      lines.add(new Line(source.origin(lines.size() + 1), text));
    }
    return lines;
  }

  /** Returns where the comment above a line begins. */
  private static int start(List<Line> lines, int at) {
    int start = at;
    while (start > 0 && lines.get(start - 1).text().matches("//(?!!).*")) {
      start--;
    }
    return start;
  }

  /** Returns the kernels whose names are closest to one that does not exist, at most three. */
  static List<String> near(String name) {
    String whole = name.replaceFirst("\\.ptx$", "");
    return kernels().keySet().stream()
        .sorted(Comparator.<String>comparingInt(k -> distance(k, whole)).thenComparing(k -> k))
        .limit(3)
        .toList();
  }

  /** Edits from what was typed to a name; none for its beginning, where the type is left out. */
  private static int distance(String known, String typed) {
    if (known.startsWith(typed + "_")) {
      return known.length() - typed.length() > 5 ? 1 : 0;
    }
    int[] before = new int[typed.length() + 1];
    Arrays.setAll(before, i -> i);
    for (int i = 1; i <= known.length(); i++) {
      int[] row = new int[typed.length() + 1];
      row[0] = i;
      for (int j = 1; j <= typed.length(); j++) {
        int change = before[j - 1] + (known.charAt(i - 1) == typed.charAt(j - 1) ? 0 : 1);
        row[j] = Math.min(change, 1 + Math.min(before[j], row[j - 1]));
      }
      before = row;
    }
    return before[typed.length()];
  }
}
