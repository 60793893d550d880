namespace GraphPartition.TestModels.MindSpore;

/// <summary>The three ways in which MindSpore releases have written the same network.</summary>
public enum MindIrStyle
{
    /// <summary>1.1 to 1.6: attributes on the nodes, each with its form as a text.</summary>
    A,
    /// <summary>1.7 to 2.2: attributes in a table of primitives.</summary>
    B,
    /// <summary>2.3 and later: many attributes are inputs.</summary>
    C,
}
