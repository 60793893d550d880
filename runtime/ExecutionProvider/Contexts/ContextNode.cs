using System.Text;
using GraphPartition.ExecutionProvider.Graphs;
using GraphPartition.ExecutionProvider.Options;
using GraphPartition.Ir.Tensors;

namespace GraphPartition.ExecutionProvider.Contexts;

/// <summary>Writes and reads EPContext nodes of this provider (microsoft/onnxruntime, EP-Context-Design).</summary>
internal static unsafe class ContextNode
{
    private const int IntType = 1, StringType = 5; // OrtOpAttrType

    /// <summary>Makes the node that ONNX Runtime writes in place of a group.</summary>
    /// <param name="ort">The host.</param>
    /// <param name="fused">The node that takes the group's place.</param>
    /// <param name="group">The group with its engines.</param>
    /// <param name="options">What the session states about EPContext nodes.</param>
    /// <param name="modelPath">The file of the source model; empty: it came from memory.</param>
    /// <returns>The OrtNode, which belongs to ONNX Runtime.</returns>
    /// <exception cref="EnvironmentException">A file cannot be written (GP5005).</exception>
    public static nint Create(OrtHost ort, HostNode fused, CompiledModel group, ContextOptions options, string modelPath)
    {
        byte[] container = CompiledModelFormat.Write(group);
        string? written = options.ModelPath ?? (modelPath.Length > 0 ? modelPath : null);
        bool embeds = options.Embeds || written is null;
        byte[] content = container;
        if (!embeds)
        {
            string name = $"{Path.GetFileNameWithoutExtension(written)}_{fused.Name}.gp.onnx";
            AtomicFile.Write(Path.Combine(Path.GetDirectoryName(Path.GetFullPath(written!))!, name), stream => stream.Write(container));
            content = Encoding.UTF8.GetBytes(name);
        }
        var engines = group.AllGroups.First().Engines;
        using var attributes = new AttributeList(ort);
        attributes.Add("main_context", 1);
        attributes.Add("embed_mode", embeds ? 1 : 0);
        attributes.Add("ep_cache_context", content);
        attributes.Add("source", ProviderIdentity.Name);
        attributes.Add("partition_name", fused.Name);
        attributes.Add("ep_sdk_version", engines is [var first, ..] ? first.Target.TensorRt.ToString() : ProviderIdentity.Version);
        attributes.Add("hardware_architecture", string.Join(',', engines.Select(
            e => e.Target.ComputeCapability.Replace(".", "", StringComparison.Ordinal)).Distinct()));

        using Utf8Text op = new(OwnNode.ContextOp), domain = new(OwnNode.ContextDomain), nodeName = new(fused.Name);
        using Utf8Texts inputs = new([.. fused.Inputs.Select(v => v.Name)]), outputs = new([.. fused.Outputs.Select(v => v.Name)]);
        nint node;
        fixed (nint* list = attributes.Handles)
            ort.Check(((delegate* unmanaged[Cdecl]<nint, nint, nint, nint*, nuint, nint*, nuint, nint*, nuint, nint*, nint>)
                ort[ModelEditorSlot.CreateNode])(op.Pointer, domain.Pointer, nodeName.Pointer, inputs.Pointer, (nuint)fused.Inputs.Length,
                outputs.Pointer, (nuint)fused.Outputs.Length, list, (nuint)attributes.Handles.Length, &node),
                nameof(ModelEditorSlot.CreateNode));
        return node;
    }

    /// <summary>Reads the group of a node.</summary>
    /// <param name="ort">The host.</param>
    /// <param name="node">The node.</param>
    /// <param name="folder">The folder of the model with the node; null: it came from memory.</param>
    /// <exception cref="ModelException">GP5106: the file is missing; or the container is damaged.</exception>
    public static CompiledModel Read(OrtHost ort, HostNode node, string? folder)
    {
        byte[] content = HostAttribute.BytesOf(ort, node, "ep_cache_context")
            ?? throw ProviderCodes.BadContext.Error(node.Label, "it has no ep_cache_context");
        if (HostAttribute.NumberOf(ort, node, "embed_mode", otherwise: 1) != 0) return CompiledModelFormat.Read((ReadOnlyMemory<byte>)content);
        string location = Encoding.UTF8.GetString(content);
        if (new ExternalFiles(folder).Open(location, out string? fault) is not { } file || file.Length > int.MaxValue)
            throw ProviderCodes.BadContext.Error(node.Label, fault ?? $"'{location}' is larger than 2 GiB");
        return CompiledModelFormat.Read(file.Slice(0, (int)file.Length));
    }

    /// <summary>Attributes of a node that is being made (OrtOpAttr). ONNX Runtime takes them over, and sets their places to null.</summary>
    private sealed class AttributeList(OrtHost ort) : IDisposable
    {
        public nint[] Handles { get; private set; } = [];

        public void Add(string name, long value) => Add(name, BitConverter.GetBytes(value), IntType, 1);

        public void Add(string name, string value) => Add(name, Encoding.UTF8.GetBytes(value));

        public void Add(string name, byte[] value) => Add(name, value, StringType, value.Length);

        public void Dispose()
        {
            foreach (nint handle in Handles) ort.Release(ApiSlot.ReleaseOpAttr, handle);
        }

        /// <summary>The length counts bytes of a string, and numbers of other types.</summary>
        private void Add(string name, byte[] value, int type, int length)
        {
            using var text = new Utf8Text(name);
            nint attribute;
            fixed (byte* data = value.Length > 0 ? value : [0])
                ort.Check(((delegate* unmanaged[Cdecl]<nint, byte*, int, int, nint*, nint>)ort[ApiSlot.CreateOpAttr])(
                    text.Pointer, data, length, type, &attribute), nameof(ApiSlot.CreateOpAttr));
            Handles = [.. Handles, attribute];
        }
    }
}
