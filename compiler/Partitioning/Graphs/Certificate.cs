using GraphPartition.Partitioning.Checking;

namespace GraphPartition.Partitioning.Graphs;

/// <summary>
/// Why a partitioning has no cycle and why no partitioning has fewer engines: enough for <see cref="CertificateVerifier"/>
/// to check both in O(V + E) without trusting the partitioner.
/// </summary>
/// <param name="Bound">The number k of engines that every acyclic grouping needs.</param>
/// <param name="Witness">
/// A path of the graph, as nodes along its edges, with k maximal runs of supported nodes. Two of its runs lie on both sides
/// of an unsupported node, so they can never share a group. Empty when nothing is supported.
/// </param>
/// <param name="Numbers">
/// A number for each segment, all different, that rises along every edge between segments: the contracted graph is acyclic.
/// </param>
public sealed record Certificate(int Bound, ReadOnlyMemory<int> Witness, ReadOnlyMemory<int> Numbers);
