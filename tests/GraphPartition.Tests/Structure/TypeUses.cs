using System.Collections.Immutable;
using System.Reflection.Emit;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;

namespace GraphPartition.Tests.Structure;

/// <summary>The types of the same assembly that a type refers to: in signatures, attributes and method bodies.</summary>
internal sealed class TypeUses(PEReader assembly, MetadataReader reader) : ISignatureTypeProvider<int, int>
{
    private static readonly Dictionary<int, OpCode> OpCodesByValue = typeof(OpCodes).GetFields()
        .Select(field => (OpCode)field.GetValue(null)!).ToDictionary(code => code.Value & 0xFFFF);

    private readonly HashSet<TypeDefinitionHandle> _found = [];

    /// <summary>The types that <paramref name="type"/> refers to.</summary>
    public IReadOnlySet<TypeDefinitionHandle> Of(TypeDefinitionHandle type)
    {
        _found.Clear();
        TypeDefinition definition = reader.GetTypeDefinition(type);
        Add(definition.BaseType);
        foreach (InterfaceImplementationHandle handle in definition.GetInterfaceImplementations())
            Add(reader.GetInterfaceImplementation(handle).Interface);
        AddAttributes(definition.GetCustomAttributes());
        AddConstraints(definition.GetGenericParameters());
        foreach (FieldDefinitionHandle handle in definition.GetFields())
        {
            FieldDefinition field = reader.GetFieldDefinition(handle);
            field.DecodeSignature(this, 0);
            AddAttributes(field.GetCustomAttributes());
        }
        foreach (MethodDefinitionHandle handle in definition.GetMethods())
        {
            MethodDefinition method = reader.GetMethodDefinition(handle);
            method.DecodeSignature(this, 0);
            AddAttributes(method.GetCustomAttributes());
            AddConstraints(method.GetGenericParameters());
            if (method.RelativeVirtualAddress != 0) AddBody(assembly.GetMethodBody(method.RelativeVirtualAddress));
        }
        return _found;
    }

    private void AddConstraints(GenericParameterHandleCollection parameters)
    {
        foreach (GenericParameterHandle handle in parameters)
            foreach (GenericParameterConstraintHandle constraint in reader.GetGenericParameter(handle).GetConstraints())
                Add(reader.GetGenericParameterConstraint(constraint).Type);
    }

    private void AddAttributes(CustomAttributeHandleCollection attributes)
    {
        foreach (CustomAttributeHandle handle in attributes) Add(reader.GetCustomAttribute(handle).Constructor);
    }

    private void AddBody(MethodBodyBlock body)
    {
        if (!body.LocalSignature.IsNil) reader.GetStandaloneSignature(body.LocalSignature).DecodeLocalSignature(this, 0);
        foreach (ExceptionRegion region in body.ExceptionRegions) Add(region.CatchType);
        BlobReader code = body.GetILReader();
        while (code.RemainingBytes > 0)
        {
            int value = code.ReadByte();
            if (value == 0xFE) value = 0xFE00 | code.ReadByte();
            switch (OpCodesByValue[value].OperandType)
            {
                case OperandType.InlineNone: break;
                case OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar: code.ReadByte(); break;
                case OperandType.InlineVar: code.ReadInt16(); break;
                case OperandType.InlineI8 or OperandType.InlineR: code.ReadInt64(); break;
                case OperandType.InlineSwitch:
                    int targets = code.ReadInt32();
                    code.Offset += 4 * targets;
                    break;
                case OperandType.InlineField or OperandType.InlineMethod or OperandType.InlineTok or OperandType.InlineType
                    or OperandType.InlineSig:
                    Add(MetadataTokens.EntityHandle(code.ReadInt32()));
                    break;
                default: code.ReadInt32(); break;
            }
        }
    }

    private void Add(EntityHandle handle)
    {
        if (handle.IsNil) return;
        switch (handle.Kind)
        {
            case HandleKind.TypeDefinition: _found.Add((TypeDefinitionHandle)handle); break;
            case HandleKind.TypeSpecification: reader.GetTypeSpecification((TypeSpecificationHandle)handle).DecodeSignature(this, 0); break;
            case HandleKind.MethodDefinition: Add(reader.GetMethodDefinition((MethodDefinitionHandle)handle).GetDeclaringType()); break;
            case HandleKind.FieldDefinition: Add(reader.GetFieldDefinition((FieldDefinitionHandle)handle).GetDeclaringType()); break;
            case HandleKind.MethodSpecification:
                MethodSpecification method = reader.GetMethodSpecification((MethodSpecificationHandle)handle);
                method.DecodeSignature(this, 0);
                Add(method.Method);
                break;
            case HandleKind.MemberReference: Add(reader.GetMemberReference((MemberReferenceHandle)handle).Parent); break;
        }
    }

    int ISimpleTypeProvider<int>.GetTypeFromDefinition(MetadataReader _, TypeDefinitionHandle handle, byte rawTypeKind)
    {
        _found.Add(handle);
        return 0;
    }

    int ISignatureTypeProvider<int, int>.GetTypeFromSpecification(
        MetadataReader _, int context, TypeSpecificationHandle handle, byte rawTypeKind)
    {
        Add(handle);
        return 0;
    }

    int IConstructedTypeProvider<int>.GetArrayType(int element, ArrayShape shape) => 0;

    int IConstructedTypeProvider<int>.GetByReferenceType(int element) => 0;

    int ISignatureTypeProvider<int, int>.GetFunctionPointerType(MethodSignature<int> signature) => 0;

    int IConstructedTypeProvider<int>.GetGenericInstantiation(int generic, ImmutableArray<int> arguments) => 0;

    int ISignatureTypeProvider<int, int>.GetGenericMethodParameter(int context, int index) => 0;

    int ISignatureTypeProvider<int, int>.GetGenericTypeParameter(int context, int index) => 0;

    int ISignatureTypeProvider<int, int>.GetModifiedType(int modifier, int unmodified, bool isRequired) => 0;

    int ISignatureTypeProvider<int, int>.GetPinnedType(int element) => 0;

    int IConstructedTypeProvider<int>.GetPointerType(int element) => 0;

    int ISimpleTypeProvider<int>.GetPrimitiveType(PrimitiveTypeCode code) => 0;

    int ISZArrayTypeProvider<int>.GetSZArrayType(int element) => 0;

    int ISimpleTypeProvider<int>.GetTypeFromReference(MetadataReader _, TypeReferenceHandle handle, byte rawTypeKind) => 0;
}
