"""Descriptions of sobjects, as the describe resources give them and clients' libraries read them."""

from __future__ import annotations

from typing import Any

from sfmeta.localorg.data.schema import Field, SObject, View
from sfmeta.localorg.data.tables import SOBJECTS, children

_SOAP_TYPES = {
    "base64": "xsd:base64Binary",
    "boolean": "xsd:boolean",
    "datetime": "xsd:dateTime",
    "double": "xsd:double",
    "id": "tns:ID",
    "int": "xsd:int",
    "reference": "tns:ID",
}
_LONG = 4000


def describe_all(view: View, base: str) -> dict[str, Any]:
    """What ``/sobjects`` answers."""
    tables = [summary(table, base) for table in SOBJECTS.values() if table.is_seen(view)]
    return {"encoding": "UTF-8", "maxBatchSize": 200, "sobjects": tables}


def summary(table: SObject, base: str) -> dict[str, Any]:
    """What is said of an sobject in a list."""
    url = f"{base}/sobjects/{table.name}"
    return {
        "activateable": False,
        "associateEntityType": None,
        "associateParentEntity": None,
        "createable": table.can("create"),
        "custom": False,
        "customSetting": False,
        "deepCloneable": False,
        "deletable": table.can("delete"),
        "deprecatedAndHidden": False,
        "feedEnabled": False,
        "hasSubtypes": False,
        "isInterface": False,
        "isSubtype": False,
        "keyPrefix": table.key_prefix or None,
        "label": table.label,
        "labelPlural": f"{table.label}s",
        "layoutable": False,
        "mergeable": False,
        "mruEnabled": False,
        "name": table.name,
        "queryable": True,
        "replicateable": False,
        "retrieveable": True,
        "searchable": False,
        "triggerable": False,
        "undeletable": False,
        "updateable": table.can("update"),
        "urls": {"sobject": url, "describe": f"{url}/describe", "rowTemplate": f"{url}/{{ID}}"},
    }


def describe_one(table: SObject, view: View, base: str) -> dict[str, Any]:
    """What ``/sobjects/{name}/describe`` answers."""
    return {
        **summary(table, base),
        "actionOverrides": [],
        "childRelationships": [
            {
                "cascadeDelete": False,
                "childSObject": below.name,
                "deprecatedAndHidden": False,
                "field": field.name,
                "junctionIdListNames": [],
                "junctionReferenceTo": [],
                "relationshipName": name,
                "restrictedDelete": False,
            }
            for below, field, name in children(table)
            if below.is_seen(view)
        ],
        "compactLayoutable": False,
        "defaultImplementation": None,
        "extendedBy": None,
        "extendsInterfaces": None,
        "fields": [_field(field, table) for field in table.seen(view)],
        "implementedBy": None,
        "implementsInterfaces": None,
        "listviewable": None,
        "lookupLayoutable": None,
        "namedLayoutInfos": [],
        "networkScopeFieldName": None,
        "recordTypeInfos": [],
        "searchLayoutable": False,
        "supportedScopes": [{"label": "All", "name": "everything"}],
    }


def _field(field: Field, table: SObject) -> dict[str, Any]:
    is_text = field.type not in _SOAP_TYPES
    length = (_LONG if field.type == "textarea" else field.length) if is_text or field.length == 18 else 0
    return {
        "aggregatable": field.type not in ("boolean", "textarea", "base64"),
        "aiPredictionField": False,
        "autoNumber": False,
        "byteLength": length * 3 if is_text else length,
        "calculated": False,
        "calculatedFormula": None,
        "cascadeDelete": False,
        "caseSensitive": False,
        "compoundFieldName": None,
        "controllerName": None,
        "createable": field.createable and table.can("create"),
        "custom": False,
        "defaultValue": field.default if field.type == "boolean" else None,
        "defaultValueFormula": None,
        "defaultedOnCreate": field.default is not None or field.type == "id",
        "dependentPicklist": False,
        "deprecatedAndHidden": False,
        "digits": 9 if field.type == "int" else 0,
        "displayLocationInDecimal": False,
        "encrypted": False,
        "externalId": False,
        "extraTypeInfo": None,
        "filterable": field.filterable,
        "filteredLookupInfo": None,
        "formulaTreatNullNumberAsZero": False,
        "groupable": field.groupable,
        "highScaleNumber": False,
        "htmlFormatted": False,
        "idLookup": field.type == "id",
        "inlineHelpText": None,
        "label": field.label,
        "length": length,
        "mask": None,
        "maskType": None,
        "name": field.name,
        "nameField": field.name == "Name",
        "namePointing": False,
        "nillable": field.nillable,
        "permissionable": False,
        "picklistValues": [
            {
                "active": True,
                "defaultValue": value == field.default,
                "label": value,
                "validFor": None,
                "value": value,
            }
            for value in field.values
        ],
        "polymorphicForeignKey": False,
        "precision": 0,
        "queryByDistance": False,
        "referenceTargetField": None,
        "referenceTo": [field.reference_to] if field.reference_to else [],
        "relationshipName": field.relationship or None,
        "relationshipOrder": None,
        "restrictedDelete": False,
        "restrictedPicklist": bool(field.values),
        "scale": 0,
        "searchPrefilterable": False,
        "soapType": _SOAP_TYPES.get(field.type, "xsd:string"),
        "sortable": field.sortable,
        "type": field.type,
        "unique": field.type == "id",
        "updateable": field.updateable and table.can("update"),
        "writeRequiresMasterRead": False,
    }
