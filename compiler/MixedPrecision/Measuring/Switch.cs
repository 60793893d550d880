namespace GraphPartition.MixedPrecision.Measuring;

/// <summary>
/// A place where a value is rounded: behind the node that computes it, in front of a node that uses it, or both at once. It rounds if one
/// of the two nodes computes in 16 bits. To round twice changes nothing, so no place needs to know of another.
/// </summary>
/// <param name="Producer">The number of the node that computes the value; -1: a node or an input that is always FP32.</param>
/// <param name="User">The number of the node that uses it; -1: nodes that use it as it comes.</param>
internal readonly record struct Switch(int Producer, int User);
