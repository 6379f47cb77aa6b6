/**
 * What to count on predictions: each class takes them as they come and gives its value at any time.
 */
@NullMarked
package org.adjoint.layers.metrics;

import org.jspecify.annotations.NullMarked;
